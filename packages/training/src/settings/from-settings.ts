import { adamw } from '../optimisers/adamw.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import { constant } from '../schedules/constant.js';
import { oneCycle } from '../schedules/one-cycle.js';
import type { Schedule } from '../schedules/schedule.js';
import type { TrainingSettings } from './training-settings.js';

/** The optimiser that settings name, inside SAM when they ask for it. */
export function optimiserFrom(settings: Pick<TrainingSettings, 'optimiser' | 'sam'>): Optimiser {
  const base = settings.optimiser.name === 'sgd' ? sgd(settings.optimiser) : adamw(settings.optimiser);
  return settings.sam ? sam(base, settings.sam) : base;
}

/** The schedule that settings name, over `totalSteps` steps. */
export function scheduleFrom({ schedule }: Pick<TrainingSettings, 'schedule'>, totalSteps: number): Schedule {
  return schedule.name === 'one-cycle' ? oneCycle({ ...schedule, totalSteps }) : constant();
}

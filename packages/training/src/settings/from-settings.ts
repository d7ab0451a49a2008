import { adamw } from '../optimisers/adamw.js';
import type { Optimiser } from '../optimisers/optimiser.js';
import { radam } from '../optimisers/radam.js';
import { rmsprop } from '../optimisers/rmsprop.js';
import { sam } from '../optimisers/sam.js';
import { sgd } from '../optimisers/sgd.js';
import { cosineRestarts } from '../schedules/cosine-restarts.js';
import { cosine } from '../schedules/cosine.js';
import { linearWarmUp } from '../schedules/linear-warm-up.js';
import { oneCycle } from '../schedules/one-cycle.js';
import { reduceOnPlateau } from '../schedules/reduce-on-plateau.js';
import { constant, everyEpoch, type Schedule } from '../schedules/schedule.js';
import { multiStep, singleStep } from '../schedules/step-decay.js';
import type { TrainingSettings } from './training-settings.js';

/** The optimiser that settings name, inside SAM when they ask for it. */
export function optimiserFrom(settings: Pick<TrainingSettings, 'optimiser' | 'sam'>): Optimiser {
  const base = baseOptimiserFrom(settings.optimiser);
  return settings.sam ? sam(base, settings.sam) : base;
}

function baseOptimiserFrom(settings: TrainingSettings['optimiser']): Optimiser {
  switch (settings.name) {
    case 'sgd':
      return sgd(settings);
    case 'adamw':
      return adamw(settings);
    case 'rmsprop':
      return rmsprop(settings);
    case 'radam':
      return radam(settings);
  }
}

/** Settings that a schedule is made of. */
type ScheduleSettings = Pick<TrainingSettings, 'schedule' | 'warmUp' | 'epochs' | 'learningRate'>;

/** The schedule that settings name, over their epochs. */
export function scheduleFrom(settings: ScheduleSettings, stepsPerEpoch: number): Schedule {
  const { warmUp } = settings;
  if (!warmUp) return bareSchedule(settings, stepsPerEpoch, 0);
  const schedule = bareSchedule(settings, stepsPerEpoch, warmUp.epochs);
  return linearWarmUp(schedule, { steps: warmUp.epochs * stepsPerEpoch, startFactor: warmUp.startFactor });
}

/** The schedule for what a warm-up leaves of the epochs. */
function bareSchedule(
  { schedule, epochs, learningRate }: ScheduleSettings,
  stepsPerEpoch: number,
  warmUpEpochs: number,
): Schedule {
  const left = Math.max(epochs - warmUpEpochs, 1);
  const minFactor = 'minLearningRate' in schedule ? Math.min(schedule.minLearningRate / learningRate, 1) : 0;
  const stepwise = 'interval' in schedule && schedule.interval === 'step';
  const unit = stepwise ? stepsPerEpoch : 1;
  const counted = (made: Schedule) => (stepwise ? made : everyEpoch(made, stepsPerEpoch));
  switch (schedule.name) {
    case 'constant':
      return constant();
    case 'one-cycle':
      return oneCycle({ ...schedule, totalSteps: left * stepsPerEpoch });
    case 'cosine':
      return counted(cosine({ totalSteps: left * unit, minFactor }));
    case 'cosine-restarts': {
      const { firstCycleEpochs, cycleMult, gamma } = schedule;
      const lengths = { firstCycleSteps: firstCycleEpochs * unit, warmUpSteps: schedule.warmUpEpochs * unit };
      return counted(cosineRestarts({ ...lengths, cycleMult, gamma, minFactor }));
    }
    case 'single-step':
      return counted(singleStep(schedule));
    case 'multi-step':
      return counted(multiStep(schedule));
    case 'reduce-on-plateau': {
      const forceAfter = Math.max(Math.floor(schedule.forcedDecayAfter * epochs) - warmUpEpochs, 1);
      return reduceOnPlateau({ ...schedule, minFactor, forceAfter });
    }
  }
}

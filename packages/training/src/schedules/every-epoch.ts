import type { Schedule } from './schedule.js';

/** Runs a schedule by epochs: the rate is constant within each. */
export function everyEpoch(schedule: Schedule, stepsPerEpoch: number): Schedule {
  const epochOf = (step: number) => Math.floor(step / stepsPerEpoch);
  return {
    ...schedule,
    at: (step) => schedule.at(epochOf(step)),
    warmUpFinished: (step) => schedule.warmUpFinished(epochOf(step)),
  };
}

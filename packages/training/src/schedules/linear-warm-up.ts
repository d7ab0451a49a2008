import { WARM_UP_DEFAULTS } from './defaults.js';
import type { Schedule } from './schedule.js';

export interface LinearWarmUpOptions {
  /** Steps of the warm-up; the schedule after it counts from its own 0. */
  readonly steps: number;
  /** Where the rise begins, as a part of where the schedule begins. Default 0.1. */
  readonly startFactor?: number;
}

/**
 * A straight rise before any schedule (Goyal et al., 2017), to where that schedule begins, with the momentum it begins
 * with. Scores from within the warm-up are not told to the schedule.
 */
export function linearWarmUp(
  schedule: Schedule,
  { steps, startFactor = WARM_UP_DEFAULTS.startFactor }: LinearWarmUpOptions,
): Schedule {
  const { memory } = schedule;
  return {
    name: `warm-up(${schedule.name})`,
    at(step) {
      if (step >= steps) return schedule.at(step - steps);
      const { factor, ...rest } = schedule.at(0);
      return { factor: factor * (startFactor + ((1 - startFactor) * step) / steps), ...rest };
    },
    warmUpFinished: (step) => step >= steps && schedule.warmUpFinished(step - steps),
    ...(memory && {
      memory: {
        observe: (scores, step) => {
          if (step > steps) memory.observe(scores, step - steps);
        },
        get state() {
          return memory.state;
        },
        restore: (state) => memory.restore(state),
      },
    }),
  };
}

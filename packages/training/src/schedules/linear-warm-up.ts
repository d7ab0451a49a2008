import { WARM_UP_DEFAULTS } from './defaults.js';
import type { Schedule } from './schedule.js';

export interface LinearWarmUpOptions {
  /** Steps of the warm-up; the schedule after it counts from its own 0. */
  readonly steps: number;
  /** Where the rise begins, as a part of where the schedule begins. Default 0.1. */
  readonly startFactor?: number;
}

/**
 * Linear warm-up before any schedule (Goyal et al., 2017), up to the schedule's first rate, with its first momentum.
 * Scores during the warm-up are not passed to the schedule.
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

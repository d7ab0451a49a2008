import { COSINE_RESTARTS_DEFAULTS } from './defaults.js';
import { anneal } from './cosine.js';
import type { Schedule } from './schedule.js';

export interface CosineRestartsOptions {
  /** Units of the first cycle, its warm-up included. */
  readonly firstCycleSteps: number;
  /** Each cycle, less its warm-up, is this times as long as the one before. Default 1. */
  readonly cycleMult?: number;
  /** Lowest rate, as a part of the peak. Default 0. */
  readonly minFactor?: number;
  /** Units in which each cycle rises from the lowest rate to its peak. Default 0. */
  readonly warmUpSteps?: number;
  /** Each cycle's peak is this times the one before. Default 1. */
  readonly gamma?: number;
}

/**
 * Cosine with warm restarts (Loshchilov and Hutter, SGDR, 2017), with a linear warm-up in each cycle; the authors'
 * `cosine_cycle`. A cycle of n units with w of warm-up is followed by one of ⌊(n − w)·cycleMult⌋ + w.
 */
export function cosineRestarts(options: CosineRestartsOptions): Schedule {
  const { firstCycleSteps, minFactor = 0, warmUpSteps = 0 } = options;
  const { cycleMult = COSINE_RESTARTS_DEFAULTS.cycleMult, gamma = COSINE_RESTARTS_DEFAULTS.gamma } = options;
  const place = (step: number) => {
    let [cycle, inCycle, length] = [0, step, firstCycleSteps];
    while (inCycle >= length) {
      inCycle -= length;
      cycle++;
      length = Math.max(Math.floor((length - warmUpSteps) * cycleMult), 1) + warmUpSteps;
    }
    return { cycle, inCycle, length };
  };
  return {
    name: 'cosine-restarts',
    at(step) {
      const { cycle, inCycle, length } = place(step);
      const peak = gamma ** cycle;
      if (inCycle < warmUpSteps) return { factor: minFactor + ((peak - minFactor) * inCycle) / warmUpSteps };
      return { factor: anneal(peak, minFactor, (inCycle - warmUpSteps) / (length - warmUpSteps)) };
    },
    warmUpFinished: (step) => step >= warmUpSteps,
  };
}

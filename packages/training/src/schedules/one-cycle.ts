import { ONE_CYCLE_DEFAULTS } from './defaults.js';
import { anneal } from './cosine.js';
import type { Schedule } from './schedule.js';

export interface OneCycleOptions {
  /** Epochs times batches an epoch. */
  readonly totalSteps: number;
  /** Part of the steps in which the learning rate rises. Default 0.2. */
  readonly pctStart?: number;
  /** The first learning rate is the peak over this. Default 100. */
  readonly divFactor?: number;
  /** The last learning rate is the first over this. Default 1000. */
  readonly finalDivFactor?: number;
  /** Momentum (or beta1) at the peak. Default 0.85. */
  readonly baseMomentum?: number;
  /** Momentum (or beta1) at both ends. Default 0.95. */
  readonly maxMomentum?: number;
}

/**
 * One cycle of the learning rate, up and down in cosines, with momentum mirrored (Smith and Topin, 2018, in PyTorch's
 * form; docs/method.md#one-cycle). With T steps the peak is at a = pctStart·T − 1, which need not be a whole number,
 * and the end at T − 1. Later steps keep the last values.
 */
export function oneCycle(options: OneCycleOptions): Schedule {
  const {
    totalSteps,
    pctStart = ONE_CYCLE_DEFAULTS.pctStart,
    divFactor = ONE_CYCLE_DEFAULTS.divFactor,
    finalDivFactor = ONE_CYCLE_DEFAULTS.finalDivFactor,
    baseMomentum = ONE_CYCLE_DEFAULTS.baseMomentum,
    maxMomentum = ONE_CYCLE_DEFAULTS.maxMomentum,
  } = options;
  const peak = pctStart * totalSteps - 1;
  const end = totalSteps - 1;
  const first = 1 / divFactor;
  return {
    name: 'one-cycle',
    at(step) {
      if (step <= peak) {
        // A peak at step 0 leaves no room to rise: the cycle starts at its top.
        const fraction = peak === 0 ? 1 : step / peak;
        return { factor: anneal(first, 1, fraction), momentum: anneal(maxMomentum, baseMomentum, fraction) };
      }
      const fraction = Math.min((step - peak) / (end - peak), 1);
      return {
        factor: anneal(1, first / finalDivFactor, fraction),
        momentum: anneal(baseMomentum, maxMomentum, fraction),
      };
    },
    warmUpFinished: (step) => step >= peak,
  };
}

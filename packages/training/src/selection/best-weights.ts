import type { Evaluation } from '@polytag/metrics';

/** The best weights on the validation set so far. */
export interface BestWeights {
  /** Number of finished epochs at that time. */
  readonly epoch: number;
  readonly mAP: number;
  /** mAP over the labels that occur in the validation set; NaN if there are none, which is saved as null. */
  readonly mAPOccurring: number | null;
  /** `ema`: the averaged weights. */
  readonly weights: 'main' | 'ema';
}

/**
 * The better weights of an epoch, its own or the averaged ones; of equals its own. The score is `mAP`, the authors';
 * `mAPOccurring` is proportional to it on one validation set and orders weights alike.
 */
export function betterWeights(epoch: number, main: Evaluation, averaged?: Evaluation): BestWeights {
  const isAverage = averaged !== undefined && averaged.mAP > main.mAP;
  const { mAP, mAPOccurring } = isAverage ? averaged : main;
  return { epoch, mAP, mAPOccurring, weights: isAverage ? 'ema' : 'main' };
}

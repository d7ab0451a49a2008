import type { Evaluation } from '@polytag/metrics';

/** Weights that were the best on the validation set. */
export interface BestWeights {
  /** Epochs finished when they were found. */
  readonly epoch: number;
  readonly mAP: number;
  /** mAP over the labels that a validation image has; NaN when none has one, and null once that was saved. */
  readonly mAPOccurring: number | null;
  /** `ema`: the averaged ones. */
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

import type { Evaluation } from '@polytag/metrics';
import { rounded } from '../early-stopping/early-stopping.js';
import type { BestWeights } from '../run-folder/progress.js';

type Precision = Pick<Evaluation, 'mAP' | 'mAPOccurring'>;

/**
 * Which weights to keep (docs/method.md#early-stopping): an epoch counts by the better of its own and its averaged
 * weights, and is the best when none before was better by four decimals, so that of equals the later one is kept.
 * (The authors forget a score of 1 and could later keep a worse one.) The score is `mAP`, the authors'; `mAPOccurring` is
 * proportional to it on one validation set and orders weights alike.
 *
 * @returns the epoch's better weights, and whether they are the best so far
 */
export function chooseBest(
  epoch: number,
  main: Precision,
  averaged: Precision | undefined,
  before: BestWeights | undefined,
): { readonly candidate: BestWeights; readonly isBest: boolean } {
  const isAverage = averaged !== undefined && averaged.mAP > main.mAP;
  const { mAP, mAPOccurring } = isAverage ? averaged : main;
  const candidate: BestWeights = { epoch, mAP, mAPOccurring, weights: isAverage ? 'ema' : 'main' };
  return { candidate, isBest: before === undefined || rounded(candidate.mAP) >= rounded(before.mAP) };
}

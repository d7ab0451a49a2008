import { rounded } from '../early-stopping/early-stopping.js';
import type { BestWeights } from '../run-folder/progress.js';

/**
 * Which weights to keep (method sections 4.6 and 4.7): an epoch counts by the better of its own and its averaged
 * weights, and is the best when none before was better by four decimals, so that of equals the later one is kept.
 * (The authors forget a score of 1 and could later keep a worse one.)
 *
 * @returns the epoch's better weights, and whether they are the best so far
 */
export function chooseBest(
  epoch: number,
  mAP: number,
  mAPEma: number | undefined,
  before: BestWeights | undefined,
): { readonly candidate: BestWeights; readonly isBest: boolean } {
  const average = mAPEma !== undefined && mAPEma > mAP;
  const candidate: BestWeights = { epoch, mAP: average ? mAPEma : mAP, weights: average ? 'ema' : 'main' };
  return { candidate, isBest: before === undefined || rounded(candidate.mAP) >= rounded(before.mAP) };
}

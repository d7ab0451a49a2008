import { meanOfNumbers } from '../average-precision/average-precision.js';
import { normalCdf, normalQuantile } from './normal.js';

/** A figure with its confidence interval. */
export interface Interval {
  /** Value on the images themselves. */
  readonly estimate: number;
  readonly from: number;
  readonly to: number;
}

/**
 * From one quantile of the resampled values to another, as many below the first as above the second, moved by the bias of
 * resampling (mean of the resampled values − estimate; Efron and Tibshirani, 1993, chapter 10). For differences of two
 * models: where labels have one or two images, many resamples have none of them, and all differences are too small.
 *
 * @param resampled values of the figure on resampled images; NaN, where a resample says nothing, is left out
 * @param confidence e.g. 0.95
 * @returns undefined where no resample says anything
 */
export function centredInterval(
  estimate: number,
  resampled: Float64Array,
  confidence: number,
): Interval | undefined {
  const bias = meanOfNumbers(resampled) - estimate;
  const plain = intervalBetween(estimate, resampled, (1 - confidence) / 2, (1 + confidence) / 2);
  return plain && { estimate, from: plain.from - bias, to: plain.to - bias };
}

/**
 * The bias-corrected percentile interval of Efron, "Better Bootstrap Confidence Intervals" (1987), without his
 * acceleration: z0 is the normal quantile of the share of resampled values below the estimate, and the ends are the
 * quantiles at Φ(2 z0 ± z). Average precision needs it: a resample holds an image several times, and the copies of a
 * positive stand beside each other, which raises it (docs/method.md#intervals has what it covers).
 *
 * Parameters and result as of {@link centredInterval}.
 */
export function biasCorrectedInterval(
  estimate: number,
  resampled: Float64Array,
  confidence: number,
): Interval | undefined {
  let [below, count] = [0, 0];
  for (const value of resampled) {
    if (Number.isNaN(value)) continue;
    count++;
    below += value < estimate ? 1 : value === estimate ? 0.5 : 0;
  }
  if (count === 0) return undefined;
  const bias = normalQuantile(Math.min(Math.max(below, 0.5), count - 0.5) / count);
  const end = (tail: number) => normalCdf(2 * bias + normalQuantile(tail));
  const found = intervalBetween(estimate, resampled, end((1 - confidence) / 2), end((1 + confidence) / 2));
  // Where all values lie on one side of the estimate, their quantiles would not hold it.
  return found && { ...found, from: Math.min(found.from, estimate), to: Math.max(found.to, estimate) };
}

function intervalBetween(
  estimate: number,
  resampled: Float64Array,
  from: number,
  to: number,
): Interval | undefined {
  const sorted = resampled.filter((value) => !Number.isNaN(value)).sort();
  if (sorted.length === 0) return undefined;
  return { estimate, from: quantile(sorted, from), to: quantile(sorted, to) };
}

/** Between the two values that stand nearest to the place (n + 1) · share, as Efron counts them. */
function quantile(sorted: Float64Array, share: number): number {
  const place = Math.min(Math.max((sorted.length + 1) * share - 1, 0), sorted.length - 1);
  const low = Math.floor(place);
  return place === low ? sorted[low] : sorted[low] + (place - low) * (sorted[low + 1] - sorted[low]);
}

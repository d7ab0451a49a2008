import { UsageError } from '@polytag/core';

// Looked up once: in a sandbox, as Jest's, each look-up of a global is slow.
const { exp, log } = Math;

/**
 * Converts a model's logits to calibrated probabilities: sigmoid(slope · logit + offset) per class, where logit is
 * scale · output. Slopes are above 0, so that ranks and average precision do not change.
 */
export interface Calibration {
  /** `temperature`: one slope for all classes, 1 / T, and no offset. `platt`: one pair per class. */
  readonly method: 'temperature' | 'platt';
  /** [K] */
  readonly slopes: ArrayLike<number>;
  /** [K] */
  readonly offsets: ArrayLike<number>;
  /** Whether it was fitted on means of an image and its mirror image, and holds only for these. Default false. */
  readonly flip?: boolean;
}

/**
 * Converts a threshold so that decisions stay the same after calibration: the calibrated probability of the same logit.
 * 0 and 1 do not change.
 *
 * @param from calibration that the threshold was chosen with; default: none
 * @param to calibration that scores are computed with; default: none
 */
export function recalibratedThreshold(
  threshold: number,
  label: number,
  from: Calibration | undefined,
  to: Calibration | undefined,
): number {
  if (threshold <= 0 || threshold >= 1) return threshold;
  const [fromSlope, fromOffset] = [from?.slopes[label] ?? 1, from?.offsets[label] ?? 0];
  const [toSlope, toOffset] = [to?.slopes[label] ?? 1, to?.offsets[label] ?? 0];
  const logit = (log(threshold / (1 - threshold)) - fromOffset) / fromSlope;
  return 1 / (1 + exp(-(toSlope * logit + toOffset)));
}

/**
 * Throws unless a calibration is valid.
 *
 * @throws UsageError `usage/calibration` unless it has one finite pair per class, with a slope above 0
 */
export function assertCalibration({ slopes, offsets }: Calibration, classes: number): void {
  const fits = slopes.length === classes && offsets.length === classes;
  const isFinite =
    Array.from(slopes).every((slope) => slope > 0 && slope < Infinity) &&
    Array.from(offsets).every(Number.isFinite);
  if (fits && isFinite) return;
  const problem = fits
    ? 'a slope that is not above 0, or a value that is not finite'
    : `${slopes.length} slopes and ${offsets.length} offsets, but the model has ${classes} labels`;
  throw new UsageError('usage/calibration', `The calibration has ${problem}.`, {
    hint: 'Give a finite slope above 0 and a finite offset for every label, in vocabulary order.',
  });
}

import { UsageError } from '@polytag/core';

// Looked up once: in a sandbox, as Jest's, each look-up of a global is slow.
const { exp, log } = Math;

/**
 * What makes probabilities of a model's logits: sigmoid(slope · logit + offset), for each class, where logit is
 * scale · output. Slopes are above 0, so that images keep their ranks and average precision its value.
 */
export interface Calibration {
  /** `temperature`: one slope for all classes, 1 / T, and no offset. `platt`: a pair a class. */
  readonly method: 'temperature' | 'platt';
  /** [K] */
  readonly slopes: ArrayLike<number>;
  /** [K] */
  readonly offsets: ArrayLike<number>;
  /** Whether it was fitted on means of an image and its mirror image, and is right for these alone. Default false. */
  readonly flip?: boolean;
}

/**
 * The threshold that, with calibrated scores, decides as another does without: the calibrated probability of the same
 * logit. 0 and 1 stay.
 *
 * @param from what the threshold was chosen with; default: no calibration
 * @param to what scores are made with; default: no calibration
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

/** @throws UsageError `usage/calibration` unless it has a finite pair for each class, its slope above 0 */
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

import { counted, DivergenceError, UsageError } from '@polytag/core';
import type { Calibration } from '../calibration/calibration.js';

// Looked up once: in a sandbox, as Jest's, each look-up of a global is slow.
const { abs, exp, log1p, max } = Math;

/** Scores of N images for K labels, with targets. Both matrices are row-major, one row per image. */
export interface ScoreTable {
  /** [N, K] probabilities, or any numbers that rank images; use float64 to avoid ties that float32 would create. */
  readonly scores: Float64Array;
  /** [N, K]: 0.5 and more is positive, 0 up to 0.5 negative, below 0 unknown. */
  readonly targets: ArrayLike<number>;
  /** N */
  readonly images: number;
  /** K */
  readonly classes: number;
}

/** 1 positive, 0 negative, −1 unknown. */
export function judgement(target: number): -1 | 0 | 1 {
  return target < 0 ? -1 : target >= 0.5 ? 1 : 0;
}

/**
 * Converts raw outputs to probabilities: sigmoid(scale · output), or with a calibration sigmoid(slope · scale · output
 * + offset). Computed in float64: in float32, confident outputs would all become 1 and tie. With mirror images the
 * result is the mean of both probabilities, and a calibration is applied to the logit of this mean.
 *
 * @param outputs [N, K] raw outputs of a head
 * @param scale the head's scale; 1 for logits. Cosines without their scale would all be near 0.5.
 * @param calibration calibration of the model, if it has one
 * @param mirrored [N, K] raw outputs of the mirror images, if computed
 */
export function scoresFromOutputs(
  outputs: ArrayLike<number>,
  scale: number,
  calibration?: Calibration,
  mirrored?: ArrayLike<number>,
): Float64Array {
  const scores = new Float64Array(outputs.length);
  if (calibration) {
    const { slopes, offsets } = calibration;
    const classes = slopes.length;
    for (let i = 0, k = 0; i < scores.length; i++, k = k + 1 === classes ? 0 : k + 1) {
      const sloped = mirrored
        ? slopes[k] * logitOfMean(scale * outputs[i], scale * mirrored[i])
        : slopes[k] * scale * outputs[i];
      scores[i] = 1 / (1 + exp(-(sloped + offsets[k])));
    }
    return scores;
  }
  for (let i = 0; i < scores.length; i++) {
    const score = 1 / (1 + exp(-scale * outputs[i]));
    scores[i] = mirrored ? (score + 1 / (1 + exp(-scale * mirrored[i]))) / 2 : score;
  }
  return scores;
}

/**
 * Logits for fitting and applying a calibration: scale · output; with mirror images the logit of the mean of both
 * probabilities. Parameters as for {@link scoresFromOutputs}.
 */
export function logitsFromOutputs(
  outputs: ArrayLike<number>,
  scale: number,
  mirrored?: ArrayLike<number>,
): Float64Array {
  const logits = new Float64Array(outputs.length);
  for (let i = 0; i < logits.length; i++) {
    const logit = scale * outputs[i];
    logits[i] = mirrored ? logitOfMean(logit, scale * mirrored[i]) : logit;
  }
  return logits;
}

/** log((σ(a) + σ(b)) / (σ(−a) + σ(−b))), finite where neither sum can be told from 0. */
function logitOfMean(a: number, b: number): number {
  const [low, high] = a < b ? [a, b] : [b, a];
  // The larger of each two is taken out, so that what is left lies between 1 and 2: σ(x) = exp(−softplus(−x)).
  const [above, below] = [softplus(-high) - softplus(-low), softplus(low) - softplus(high)];
  return softplus(low) - softplus(-high) + log1p(exp(above)) - log1p(exp(below));
}

/** log(1 + exp(x)) */
const softplus = (x: number): number => max(x, 0) + log1p(exp(-abs(x)));

/**
 * Creates a checked table of scores and targets.
 *
 * @throws UsageError `usage/shape-mismatch` if a matrix does not have `images · classes` elements
 * @throws DivergenceError `metrics/not-a-number` if a score is NaN, which has no rank
 */
export function scoreTable(
  scores: ArrayLike<number>,
  targets: ArrayLike<number>,
  shape: { readonly images: number; readonly classes: number },
): ScoreTable {
  const { images, classes } = shape;
  for (const [name, length] of [
    ['scores', scores.length],
    ['targets', targets.length],
  ] as const) {
    if (length !== images * classes) {
      throw new UsageError(
        'usage/shape-mismatch',
        `Expected ${images * classes} ${name} (${counted(images, 'image')} x ${counted(classes, 'label')}), got ${length}.`,
      );
    }
  }
  const values = scores instanceof Float64Array ? scores : Float64Array.from(scores);
  for (let i = 0; i < values.length; i++) {
    const isNaN = values[i] !== values[i];
    if (isNaN) {
      throw new DivergenceError(
        'metrics/not-a-number',
        `The score of image ${Math.floor(i / classes)} for label ${i % classes} is not a number.`,
        {
          hint: 'The weights or outputs of the model that scored it contain NaN.',
        },
      );
    }
  }
  return { scores: values, targets, images, classes };
}

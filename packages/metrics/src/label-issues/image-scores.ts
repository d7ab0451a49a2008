/** How the scores of an image's labels are combined. */
export type ImageScoreOptions =
  /** The worst label counts `alpha`, the next `alpha · (1 − alpha)`, and so on. Default: 0.8; null: 2/(K + 1). */
  | { readonly method?: 'ema'; readonly alpha?: number | null }
  /** A mean with the weights softmax((1 − score)/temperature). Default: 0.1. */
  | { readonly method: 'softmin'; readonly temperature?: number };

/**
 * Label quality of each image, over all its labels (docs/method.md#label-issues). Unknown labels are ignored.
 *
 * @param scores [N, K] of `labelScores`
 * @param classes K
 * @returns [N]; 1 for an image without known labels
 */
export function imageScores(
  scores: Float64Array,
  classes: number,
  options: ImageScoreOptions = {},
): Float64Array {
  const images = classes === 0 ? 0 : scores.length / classes;
  const combined = new Float64Array(images);
  for (let image = 0; image < images; image++) {
    const known = scores
      .slice(image * classes, (image + 1) * classes)
      .filter((score) => !Number.isNaN(score));
    if (known.length === 0) combined[image] = 1;
    else if (options.method === 'softmin') combined[image] = softmin(known, options.temperature ?? 0.1);
    else combined[image] = movingAverage(known, options.alpha === undefined ? 0.8 : options.alpha);
  }
  return combined;
}

/** From the best label to the worst, which so counts most. */
function movingAverage(scores: Float64Array, alpha: number | null): number {
  const weight = alpha ?? 2 / (scores.length + 1);
  const ascending = scores.toSorted();
  let average = ascending[ascending.length - 1];
  for (let i = ascending.length - 2; i >= 0; i--) average = weight * ascending[i] + (1 - weight) * average;
  return average;
}

function softmin(scores: Float64Array, temperature: number): number {
  const lowest = scores.reduce((a, b) => Math.min(a, b));
  let [sum, weights] = [0, 0];
  for (const score of scores) {
    const weight = Math.exp((lowest - score) / temperature);
    sum += weight * score;
    weights += weight;
  }
  return sum / weights;
}

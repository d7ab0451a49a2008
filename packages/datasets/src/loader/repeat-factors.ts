import { RandomStream, UsageError } from '@polytag/core';
import type { LabelledImages } from '../dataset/labelled-dataset.js';

/** Repeat-factor sampling: images of rare labels are repeated. */
export interface BalancedSampling {
  /**
   * t: images of labels that are on a smaller share of the images than this are repeated. In (0, 1]. Default: the
   * median of the labels' shares.
   */
  readonly threshold?: number;
}

/**
 * Mean number of times each image is seen in an epoch (docs/method.md#balanced-sampling): Gupta, Dollár and Girshick,
 * "LVIS: A Dataset for Large Vocabulary Instance Segmentation" (CVPR 2019), section 4. With f the share of the images
 * with a label, among those for which it is known, the label's factor is max(1, √(t/f)); an image has the highest
 * factor of its labels.
 *
 * @returns [N], each at least 1; 1 for an image without labels
 * @throws UsageError `usage/loader-option` for a threshold outside (0, 1]
 */
export function repeatFactors(
  { images, labels }: LabelledImages,
  { threshold }: BalancedSampling = {},
): Float64Array {
  if (threshold !== undefined && !(threshold > 0 && threshold <= 1)) {
    throw new UsageError(
      'usage/loader-option',
      `The threshold of balanced sampling must be above 0 and at most 1 (got ${threshold}).`,
      {
        hint: 'Choose a fraction of the images, above 0 and at most 1, or leave it out.',
      },
    );
  }
  const positives = new Uint32Array(labels.size);
  const known = new Uint32Array(labels.size).fill(images.length);
  for (const image of images) {
    for (const label of new Set(image.labels)) positives[label]++;
    for (const label of image.unknown ?? []) known[label]--;
  }
  const shares = Float64Array.from(positives, (count, label) => count / known[label]);
  const t = threshold ?? median(shares.filter((share) => share > 0));
  const factors = shares.map((share) => Math.max(1, Math.sqrt(t / share)));
  return Float64Array.from(images, (image) =>
    image.labels.reduce((most, label) => Math.max(most, factors[label]), 1),
  );
}

/**
 * The images of an epoch, in a random order, each as often as its factor says: with factor 2.3 twice, and in three epochs of ten
 * once more. The length is the sum of the factors, rounded down, in every epoch.
 *
 * Which images round up is drawn by systematic sampling over a random order of them: one number u decides for all, and image
 * j of the order is taken as often as there are whole numbers in (u + sum of the factors before it, u + that + its own].
 *
 * @param stream of the epoch
 */
export function repeatedImages(factors: Float64Array, stream: RandomStream): Uint32Array {
  const order = stream.permutation(factors.length);
  const u = stream.uniform();
  const images: number[] = [];
  let sum = u;
  for (const image of order) {
    const before = Math.floor(sum);
    sum += factors[image];
    for (let times = Math.floor(sum) - before; times > 0; times--) images.push(image);
  }
  const shuffled = stream.permutation(images.length);
  return Uint32Array.from({ length: epochLength(factors) }, (_, i) => images[shuffled[i]]);
}

/** Images of an epoch. */
export const epochLength = (factors: Float64Array): number =>
  // A sum that rounding has brought just below a whole number is that number.
  Math.floor(factors.reduce((sum, factor) => sum + factor, 0) * (1 + 1e-12));

function median(values: Float64Array): number {
  const sorted = values.toSorted();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

import { RandomStream } from '@polytag/core';
import { squaredDistance, weightedKMeans } from './weighted-k-means.js';

/** Scores and features of N unlabelled images. K labels, C values per feature vector. */
export interface UnlabelledImages {
  /** [N, K] probabilities, row-major. */
  readonly scores: ArrayLike<number>;
  /** [N, C] feature vectors, row-major. */
  readonly features: Float32Array;
  /** N */
  readonly images: number;
}

/** An image suggested for labelling. */
export interface ImageToLabel {
  /** Index of the image. */
  readonly index: number;
  /** Σ over labels of the entropy of its probability, in bits. */
  readonly uncertainty: number;
}

/**
 * Chooses the images to label next: those that the model is uncertain about, without near-duplicates (CLUE, Prabhu et
 * al., 2021; docs/method.md#what-to-label-next). Unit-length feature vectors are grouped into `count` clusters by
 * k-means, weighted by uncertainty; the image nearest to each centre is chosen. Clusters with the most uncertainty come
 * first.
 *
 * @param count number of images; all of them if there are fewer
 * @param seed seed of the first centres
 */
export function chooseToLabel(
  { scores, features, images }: UnlabelledImages,
  count: number,
  seed: number,
): ImageToLabel[] {
  const uncertainty = uncertainties(scores, images);
  const toLabel = (index: number): ImageToLabel => ({ index, uncertainty: uncertainty[index] });
  if (count >= images) {
    const all = Array.from({ length: images }, (_, index) => toLabel(index));
    return all.sort((a, b) => b.uncertainty - a.uncertainty);
  }
  const points = unitVectors(features, images);
  const length = points.length / images;
  const random = new RandomStream(seed, 'label-next');
  const { centres, nearest } = weightedKMeans({ points, weights: uncertainty }, count, random);
  const totals = new Float64Array(count);
  for (const [i, cluster] of nearest.entries()) totals[cluster] += uncertainty[i];
  const order = [...totals.keys()].sort((a, b) => totals[b] - totals[a] || a - b);
  const taken = new Set<number>();
  for (const cluster of order) {
    let best = -1;
    let least = Infinity;
    for (let i = 0; i < images; i++) {
      const distance = taken.has(i) ? Infinity : squaredDistance(points, i, centres, cluster, length);
      if (distance < least) [best, least] = [i, distance];
    }
    taken.add(best);
  }
  return [...taken].map(toLabel);
}

/** Σ over labels of −p·log2 p − (1−p)·log2(1−p), of each image. */
function uncertainties(scores: ArrayLike<number>, images: number): Float64Array {
  const labels = scores.length / images;
  const sums = new Float64Array(images);
  const part = (p: number) => (p > 0 ? -p * Math.log2(p) : 0);
  for (let i = 0; i < scores.length; i++)
    sums[Math.floor(i / labels)] += part(scores[i]) + part(1 - scores[i]);
  return sums;
}

/** Each row divided by its length; a row of zeros stays. */
function unitVectors(features: Float32Array, images: number): Float32Array {
  const length = features.length / images;
  const points = new Float32Array(features.length);
  for (let start = 0; start < features.length; start += length) {
    const row = features.subarray(start, start + length);
    const norm = Math.sqrt(row.reduce((sum, value) => sum + value ** 2, 0)) || 1;
    for (let j = 0; j < length; j++) points[start + j] = row[j] / norm;
  }
  return points;
}

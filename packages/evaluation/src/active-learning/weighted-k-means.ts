import type { RandomStream } from '@polytag/core';

/** Points that are grouped. */
export interface WeightedPoints {
  /** [N, C], row-major. */
  readonly points: Float32Array;
  /** [N], not negative. */
  readonly weights: Float64Array;
}

export interface Clusters {
  /** [k, C], row-major: weighted means of their points. */
  readonly centres: Float32Array;
  /** [N]: the centre that is nearest to each point. */
  readonly nearest: Int32Array;
}

const MOST_ROUNDS = 20;

/**
 * k-means with weights (Lloyd), begun by k-means++: each first centre is a point, drawn with a probability in proportion
 * to its weight and its squared distance to the nearest centre before it. A centre that no point is nearest to stays where
 * it is.
 *
 * @param k at most N
 */
export function weightedKMeans(
  { points, weights }: WeightedPoints,
  k: number,
  random: RandomStream,
): Clusters {
  const count = weights.length;
  const length = points.length / count;
  const centres = firstCentres({ points, weights }, k, random);
  const nearest = new Int32Array(count).fill(-1);
  for (let round = 0; round < MOST_ROUNDS; round++) {
    let changed = false;
    for (let i = 0; i < count; i++) {
      const found = nearestCentre(points, i, centres, length);
      changed ||= found !== nearest[i];
      nearest[i] = found;
    }
    if (!changed) break;
    moveCentres({ points, weights }, nearest, centres);
  }
  return { centres, nearest };
}

function firstCentres({ points, weights }: WeightedPoints, k: number, random: RandomStream): Float32Array {
  const count = weights.length;
  const length = points.length / count;
  const centres = new Float32Array(k * length);
  const distances = new Float64Array(count).fill(1);
  for (let c = 0; c < k; c++) {
    const chosen = draw(distances, weights, random);
    centres.set(points.subarray(chosen * length, (chosen + 1) * length), c * length);
    for (let i = 0; i < count; i++) {
      const distance = squaredDistance(points, i, centres, c, length);
      distances[i] = c === 0 ? distance : Math.min(distances[i], distance);
    }
  }
  return centres;
}

/** A point with a probability in proportion to distance x weight; where all of that is 0, any. */
function draw(distances: Float64Array, weights: Float64Array, random: RandomStream): number {
  const total = distances.reduce((sum, distance, i) => sum + distance * weights[i], 0);
  if (!(total > 0)) return random.integer(weights.length);
  let left = random.uniform() * total;
  let last = 0;
  for (let i = 0; i < weights.length; i++) {
    const share = distances[i] * weights[i];
    if (share === 0) continue;
    last = i;
    left -= share;
    if (left < 0) break;
  }
  return last;
}

function moveCentres({ points, weights }: WeightedPoints, nearest: Int32Array, centres: Float32Array): void {
  const length = points.length / weights.length;
  const sums = new Float64Array(centres.length);
  const totals = new Float64Array(centres.length / length);
  for (const [i, centre] of nearest.entries()) {
    totals[centre] += weights[i];
    for (let j = 0; j < length; j++) sums[centre * length + j] += weights[i] * points[i * length + j];
  }
  for (const [centre, total] of totals.entries()) {
    if (total === 0) continue;
    for (let j = centre * length; j < (centre + 1) * length; j++) centres[j] = sums[j] / total;
  }
}

function nearestCentre(points: Float32Array, i: number, centres: Float32Array, length: number): number {
  let best = 0;
  let least = Infinity;
  for (let c = 0; c < centres.length / length; c++) {
    const distance = squaredDistance(points, i, centres, c, length);
    if (distance < least) [best, least] = [c, distance];
  }
  return best;
}

/** Between row i of one matrix and row j of another. */
export function squaredDistance(
  a: Float32Array,
  i: number,
  b: Float32Array,
  j: number,
  length: number,
): number {
  let sum = 0;
  for (let n = i * length, m = j * length; n < (i + 1) * length; n++, m++) sum += (a[n] - b[m]) ** 2;
  return sum;
}

// Attention coefficients of a graph with K nodes: softmax over j of LeakyReLU(from[i] + to[j]) where adjacency[i, j] > 0.
import { gradient, LeakyRelu, value } from './activation';
import { padded } from './channel-affine';
import { loadPart, storePart } from './part';
import { rowDot } from './row-sums';
import { Address, lanesSum } from './simd';
import { softmax } from './softmax';
import { drain } from './sums';

/** Rows whose sums are taken in float32. */
const BLOCK: usize = 64;

/** The score of two nodes that are not joined: far enough below any other that its exponential is 0. */
function score(sum: v128, adjacency: v128, slope: v128): v128 {
  const joined = f32x4.gt(adjacency, f32x4.splat(0));
  return v128.bitselect(value<LeakyRelu>(sum, slope), f32x4.splat(-9e15), joined);
}

/** Writes y[K, K]. A row that joins nothing becomes uniform. */
export function graphAttention(
  from: Address,
  to: Address,
  adjacency: Address,
  y: Address,
  K: usize,
  slope: f32,
): void {
  const full = (K & ~3) << 2,
    rest = K & 3,
    s = f32x4.splat(slope);
  let row = y;
  for (let i: usize = 0; i < K; i++) {
    const f = v128.load32_splat(from + (i << 2));
    for (let j: usize = 0; j < full; j += 16) {
      v128.store(row + j, score(f32x4.add(f, v128.load(to + j)), v128.load(adjacency + j), s));
    }
    if (rest > 0) {
      const sum = f32x4.add(f, loadPart(to + full, rest));
      storePart(row + full, score(sum, loadPart(adjacency + full, rest), s), rest);
    }
    row += K << 2;
    adjacency += K << 2;
  }
  softmax(y, y, K, K);
}

/** The gradient of one score, where its nodes are joined. */
function scoreGradient(y: v128, dy: v128, mean: v128, sum: v128, adjacency: v128, slope: v128): v128 {
  const d = f32x4.mul(y, f32x4.sub(dy, mean));
  const joined = f32x4.gt(adjacency, f32x4.splat(0));
  return gradient<LeakyRelu>(sum, v128.and(d, joined), slope);
}

/** dFrom[K] and dTo[K] from the coefficients y. `work` holds 12 bytes for each padded node. */
export function graphAttentionGradient(
  from: Address,
  to: Address,
  adjacency: Address,
  y: Address,
  dy: Address,
  dFrom: Address,
  dTo: Address,
  K: usize,
  slope: f32,
  work: Address,
): void {
  const full = (K & ~3) << 2,
    rest = K & 3,
    bytes = padded(K),
    s = f32x4.splat(slope),
    totals = work,
    sums = work + bytes * 2;
  memory.fill(work, 0, bytes * 3);
  for (let i: usize = 0; i < K; i++) {
    const f = v128.load32_splat(from + (i << 2)),
      mean = f32x4.splat(rowDot(y, dy, K));
    let ofRow = f32x4.splat(0);
    for (let j: usize = 0; j < full; j += 16) {
      const sum = f32x4.add(f, v128.load(to + j));
      const d = scoreGradient(v128.load(y + j), v128.load(dy + j), mean, sum, v128.load(adjacency + j), s);
      ofRow = f32x4.add(ofRow, d);
      v128.store(sums + j, f32x4.add(v128.load(sums + j), d));
    }
    if (rest > 0) {
      const sum = f32x4.add(f, loadPart(to + full, rest)),
        ofY = loadPart(y + full, rest),
        ofDy = loadPart(dy + full, rest);
      const d = scoreGradient(ofY, ofDy, mean, sum, loadPart(adjacency + full, rest), s);
      ofRow = f32x4.add(ofRow, d);
      v128.store(sums + full, f32x4.add(v128.load(sums + full), d));
    }
    f32.store(dFrom + (i << 2), lanesSum(ofRow));
    if ((i & (BLOCK - 1)) == BLOCK - 1) drain(sums, totals, bytes);
    adjacency += K << 2;
    y += K << 2;
    dy += K << 2;
  }
  drain(sums, totals, bytes);
  for (let j: usize = 0; j < K << 2; j += 4) f32.store(dTo + j, <f32>f64.load(totals + (j << 1)));
}

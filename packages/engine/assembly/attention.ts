// Multi-head attention on tensors that keep their heads side by side: head h owns the features [h*d, (h+1)*d) of a row, which
// the products reach by strides alone. Rows of q and dq are `qs` floats apart, those of k, v, dk and dv `ks`, those of y and dy
// heads*d: q, k and v may be the thirds of one tensor. The probabilities [B,heads,Tq,Tk] are never kept: a block of queries at
// a time stays in the cache, and the gradient computes it anew, to the same bits. The mask of element i of the probabilities
// is a pure function of (seed, i).
import { exp } from './exp';
import { gemm, gemmWorkBytes } from './gemm';
import { kept, kept4 } from './mask';
import { loadPart, storePart } from './part';
import { Address, lanesSum, min } from './simd';

/** Most scores of a block of queries: 512 KB of the second level cache. */
const BLOCK: usize = 131072;

/** Queries of a block: all blocks alike, but for the last. */
function blockQueries(Tq: usize, Tk: usize): usize {
  const blocks = (Tq * Tk + BLOCK - 1) / BLOCK;
  return blocks < Tq ? (Tq + blocks - 1) / blocks : 1;
}

/** Bytes of working memory of both functions. */
export function attentionWorkBytes(Tq: usize, Tk: usize): usize {
  return gemmWorkBytes() + blockQueries(Tq, Tk) * Tk * 12;
}

/** softmax(scale * row) over n floats, in place. */
function softmaxRow(row: usize, n: usize, scale: f32): void {
  const full = row + ((n & ~3) << 2),
    end = row + (n << 2),
    rest = n & 3;
  let greatest = f32x4.splat(-Infinity);
  for (let i = row; i < full; i += 16) greatest = f32x4.max(greatest, v128.load(i));
  for (let i = full; i < end; i += 4) greatest = f32x4.max(greatest, v128.load32_splat(i));
  greatest = f32x4.max(greatest, v128.shuffle<i32>(greatest, greatest, 2, 3, 0, 1));
  greatest = f32x4.max(greatest, v128.shuffle<i32>(greatest, greatest, 1, 0, 3, 2));
  const s = f32x4.splat(scale);
  let sums = f32x4.splat(0);
  for (let i = row; i < full; i += 16) {
    const e = exp(f32x4.mul(f32x4.sub(v128.load(i), greatest), s));
    sums = f32x4.add(sums, e);
    v128.store(i, e);
  }
  let sum = lanesSum(sums);
  if (rest > 0) {
    storePart(full, exp(f32x4.mul(f32x4.sub(loadPart(full, rest), greatest), s)), rest);
    for (let i = full; i < end; i += 4) sum += f32.load(i);
  }
  const inverse = <f32>1 / sum,
    factor = f32x4.splat(inverse);
  for (let i = row; i < full; i += 16) v128.store(i, f32x4.mul(v128.load(i), factor));
  for (let i = full; i < end; i += 4) f32.store(i, f32.load(i) * inverse);
}

/** to = from * mask / (1 - rate), for n elements of which the first has number `index`. */
function drop(from: usize, to: usize, n: usize, seed: u32, index: u32, threshold: u32, factor: f32): void {
  const full = from + ((n & ~3) << 2),
    end = from + (n << 2),
    f = f32x4.splat(factor);
  while (from < full) {
    v128.store(to, v128.and(f32x4.mul(v128.load(from), f), kept4(seed, index, threshold)));
    from += 16;
    to += 16;
    index += 4;
  }
  while (from < end) {
    f32.store(to, kept(seed, index, threshold) ? f32.load(from) * factor : 0);
    from += 4;
    to += 4;
    index++;
  }
}

/** Gradient of softmax(scale * x): dp <- scale * p * (dp - sum(p * dp)), row by row, in place. */
function softmaxGradient(p: usize, dp: usize, R: usize, n: usize, scale: f32): void {
  const full = (n & ~3) << 2,
    bytes = n << 2;
  for (let r: usize = 0; r < R; r++) {
    let sums = f32x4.splat(0);
    for (let i: usize = 0; i < full; i += 16) {
      sums = f32x4.add(sums, f32x4.mul(v128.load(p + i), v128.load(dp + i)));
    }
    let dot = lanesSum(sums);
    for (let i = full; i < bytes; i += 4) dot += f32.load(p + i) * f32.load(dp + i);
    const d = f32x4.splat(dot),
      s = f32x4.splat(scale);
    for (let i: usize = 0; i < full; i += 16) {
      v128.store(dp + i, f32x4.mul(f32x4.mul(s, v128.load(p + i)), f32x4.sub(v128.load(dp + i), d)));
    }
    for (let i = full; i < bytes; i += 4)
      f32.store(dp + i, scale * f32.load(p + i) * (f32.load(dp + i) - dot));
    p += bytes;
    dp += bytes;
  }
}

/** p = softmax(scale * q * kᵀ) of R queries, row by row. */
function probabilities(
  q: usize,
  qs: usize,
  k: usize,
  ks: usize,
  p: usize,
  R: usize,
  Tk: usize,
  d: usize,
  scale: f32,
  work: usize,
): void {
  gemm(q, qs, 1, k, 1, ks, p, Tk, R, Tk, d, false, work);
  for (let r: usize = 0; r < R; r++) softmaxRow(p + r * Tk * 4, Tk, scale);
}

/** y. Dropout only where threshold > 0; `factor` = 1/(1 - rate). */
export function attentionForward(
  q: Address,
  k: Address,
  v: Address,
  y: Address,
  qs: usize,
  ks: usize,
  B: usize,
  Tq: usize,
  Tk: usize,
  heads: usize,
  d: usize,
  scale: f32,
  seed: u32,
  threshold: u32,
  factor: f32,
  work: Address,
): void {
  const D = heads * d,
    block = blockQueries(Tq, Tk),
    p = work + gemmWorkBytes();
  let index: u32 = 0;
  for (let b: usize = 0; b < B; b++) {
    for (let h: usize = 0; h < heads; h++) {
      const feature = h * d * 4;
      for (let r: usize = 0; r < Tq; r += block) {
        const R = min(Tq - r, block);
        probabilities(q + r * qs * 4 + feature, qs, k + feature, ks, p, R, Tk, d, scale, work);
        if (threshold > 0) drop(p, p, R * Tk, seed, index, threshold, factor);
        gemm(p, Tk, 1, v + feature, ks, 1, y + r * D * 4 + feature, D, R, d, Tk, false, work);
        index += <u32>(R * Tk);
      }
    }
    q += Tq * qs * 4;
    y += Tq * D * 4;
    k += Tk * ks * 4;
    v += Tk * ks * 4;
  }
}

/** dq, dk and dv from dy. */
export function attentionGradient(
  q: Address,
  k: Address,
  v: Address,
  dy: Address,
  dq: Address,
  dk: Address,
  dv: Address,
  qs: usize,
  ks: usize,
  B: usize,
  Tq: usize,
  Tk: usize,
  heads: usize,
  d: usize,
  scale: f32,
  seed: u32,
  threshold: u32,
  factor: f32,
  work: Address,
): void {
  const D = heads * d,
    block = blockQueries(Tq, Tk),
    p = work + gemmWorkBytes(),
    dp = p + block * Tk * 4,
    dropped = dp + block * Tk * 4;
  let index: u32 = 0;
  for (let b: usize = 0; b < B; b++) {
    for (let h: usize = 0; h < heads; h++) {
      const feature = h * d * 4,
        kh = k + feature,
        vh = v + feature;
      for (let r: usize = 0; r < Tq; r += block) {
        const R = min(Tq - r, block),
          more = r > 0,
          qr = q + r * qs * 4 + feature,
          dyr = dy + r * D * 4 + feature;
        probabilities(qr, qs, kh, ks, p, R, Tk, d, scale, work);
        let weights = p;
        if (threshold > 0) {
          drop(p, dropped, R * Tk, seed, index, threshold, factor);
          weights = dropped;
        }
        gemm(weights, 1, Tk, dyr, D, 1, dv + feature, ks, Tk, d, R, more, work);
        gemm(dyr, D, 1, vh, 1, ks, dp, Tk, R, Tk, d, false, work);
        if (threshold > 0) drop(dp, dp, R * Tk, seed, index, threshold, factor);
        softmaxGradient(p, dp, R, Tk, scale);
        gemm(dp, Tk, 1, kh, ks, 1, dq + r * qs * 4 + feature, qs, R, d, Tk, false, work);
        gemm(dp, 1, Tk, qr, qs, 1, dk + feature, ks, Tk, d, R, more, work);
        index += <u32>(R * Tk);
      }
    }
    q += Tq * qs * 4;
    dq += Tq * qs * 4;
    dy += Tq * D * 4;
    k += Tk * ks * 4;
    v += Tk * ks * 4;
    dk += Tk * ks * 4;
    dv += Tk * ks * 4;
  }
}

// Weighted sums and multiples of whole tensors, over a table of them, in place.
import { fma } from './simd';
import { loadPart, storePart } from './part';

/** target = decay·target + fresh·value. */
export function weightedSum(target: usize, value: usize, n: usize, decay: f32, fresh: f32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    d = f32x4.splat(decay),
    f = f32x4.splat(fresh);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(target + i, fma(v128.load(target + i), d, f32x4.mul(v128.load(value + i), f)));
      i += 16;
    } while (i < full);
  if (rest > 0)
    storePart(target + i, fma(loadPart(target + i, rest), d, f32x4.mul(loadPart(value + i, rest), f)), rest);
}

/** Records of 4 words: target, value, n, and the weight of the value; `decay` is the target's. */
export function average(table: usize, count: usize, decay: f32): void {
  const end = table + count * 16;
  for (; table < end; table += 16) {
    weightedSum(load<u32>(table), load<u32>(table, 4), load<u32>(table, 8), decay, f32.load(table, 12));
  }
}

function multiple(x: usize, n: usize, factor: f32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    f = f32x4.splat(factor);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(x + i, f32x4.mul(v128.load(x + i), f));
      i += 16;
    } while (i < full);
  if (rest > 0) storePart(x + i, f32x4.mul(loadPart(x + i, rest), f), rest);
}

/** Records of 2 words: x, n. x = factor·x. */
export function scale(table: usize, count: usize, factor: f32): void {
  const end = table + count * 8;
  for (; table < end; table += 8) multiple(load<u32>(table), load<u32>(table, 4), factor);
}

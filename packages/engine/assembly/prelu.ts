// PReLU with one shared slope, read from memory.
import { Address, fma, lanesSum, min } from './simd';
import { loadPart, storePart } from './part';

const BLOCK: usize = 16384;

function rectified(v: v128, slope: v128): v128 {
  return v128.bitselect(v, f32x4.mul(v, slope), f32x4.gt(v, f32x4.splat(0)));
}

export function prelu(x: Address, slope: Address, y: Address, n: usize): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    a = v128.load32_splat(slope);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(y + i, rectified(v128.load(x + i), a));
      i += 16;
    } while (i < full);
  if (rest > 0) storePart(y + i, rectified(loadPart(x + i, rest), a), rest);
}

export function preluGradient(
  x: Address,
  slope: Address,
  dy: Address,
  dx: Address,
  dSlope: Address,
  n: usize,
): void {
  const bytes = (n & ~3) << 2,
    rest = n & 3,
    a = v128.load32_splat(slope),
    zero = f32x4.splat(0);
  let total: f64 = 0,
    i: usize = 0;
  while (i < bytes) {
    const end = i + min(bytes - i, BLOCK);
    let sum = zero;
    do {
      const v = v128.load(x + i),
        g = v128.load(dy + i),
        positive = f32x4.gt(v, zero);
      v128.store(dx + i, v128.bitselect(g, f32x4.mul(g, a), positive));
      sum = fma(g, v128.andnot(v, positive), sum);
      i += 16;
    } while (i < end);
    total += <f64>lanesSum(sum);
  }
  if (rest > 0) {
    const v = loadPart(x + i, rest),
      g = loadPart(dy + i, rest),
      positive = f32x4.gt(v, zero);
    storePart(dx + i, v128.bitselect(g, f32x4.mul(g, a), positive), rest);
    total += <f64>lanesSum(f32x4.mul(g, v128.andnot(v, positive)));
  }
  f32.store(dSlope, <f32>total);
}

import { fma, lanesSum, min } from './simd';
import { loadPart } from './part';

const BLOCK: usize = 16384;

/** Σ x², float32 within a block, float64 across blocks. */
export function sumOfSquares(x: usize, n: usize): f64 {
  const bytes = (n & ~3) << 2,
    rest = n & 3;
  let total: f64 = 0,
    i: usize = 0;
  while (i < bytes) {
    const end = i + min(bytes - i, BLOCK);
    let sum = f32x4.splat(0);
    do {
      const v = v128.load(x + i);
      sum = fma(v, v, sum);
      i += 16;
    } while (i < end);
    total += <f64>lanesSum(sum);
  }
  if (rest > 0) {
    const v = loadPart(x + i, rest);
    total += <f64>lanesSum(f32x4.mul(v, v));
  }
  return total;
}

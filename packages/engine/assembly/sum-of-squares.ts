import { fma, lanesSum, min } from './simd';
import { loadPart } from './part';

const BLOCK: usize = 16384;

/** Σ x², float32 within a block, float64 across blocks. Four sums at a time: one alone waits for its own last addition. */
export function sumOfSquares(x: usize, n: usize): f64 {
  const bytes = (n & ~3) << 2,
    rest = n & 3;
  let total: f64 = 0,
    i: usize = 0;
  while (i < bytes) {
    const end = i + min(bytes - i, BLOCK);
    let a = f32x4.splat(0),
      b = a,
      c = a,
      d = a;
    while (i + 64 <= end) {
      const p = v128.load(x + i),
        q = v128.load(x + i, 16),
        r = v128.load(x + i, 32),
        s = v128.load(x + i, 48);
      a = fma(p, p, a);
      b = fma(q, q, b);
      c = fma(r, r, c);
      d = fma(s, s, d);
      i += 64;
    }
    while (i < end) {
      const p = v128.load(x + i);
      a = fma(p, p, a);
      i += 16;
    }
    total += <f64>lanesSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  if (rest > 0) {
    const v = loadPart(x + i, rest);
    total += <f64>lanesSum(f32x4.mul(v, v));
  }
  return total;
}

// Sums along one row of D floats.
import { fma, lanesSum } from './simd';
import { loadPart } from './part';

/** Σ (x - centre)². */
export function squaredDeviations(x: usize, centre: f32, D: usize): f32 {
  const full = (D & ~3) << 2,
    m = f32x4.splat(centre);
  let sum = f32x4.splat(0),
    i: usize = 0;
  if (full > 0)
    do {
      const v = f32x4.sub(v128.load(x + i), m);
      sum = fma(v, v, sum);
      i += 16;
    } while (i < full);
  let total = lanesSum(sum);
  for (; i < D << 2; i += 4) {
    const v = f32.load(x + i) - centre;
    total += v * v;
  }
  return total;
}

/** Σ x. */
export function rowSum(x: usize, D: usize): f32 {
  const full = (D & ~3) << 2,
    rest = D & 3;
  let sum = f32x4.splat(0),
    i: usize = 0;
  if (full > 0)
    do {
      sum = f32x4.add(sum, v128.load(x + i));
      i += 16;
    } while (i < full);
  if (rest > 0) sum = f32x4.add(sum, loadPart(x + i, rest));
  return lanesSum(sum);
}

/** Σ a·b. */
export function rowDot(a: usize, b: usize, D: usize): f32 {
  const full = (D & ~3) << 2,
    rest = D & 3;
  let sum = f32x4.splat(0),
    i: usize = 0;
  if (full > 0)
    do {
      sum = fma(v128.load(a + i), v128.load(b + i), sum);
      i += 16;
    } while (i < full);
  if (rest > 0) sum = fma(loadPart(a + i, rest), loadPart(b + i, rest), sum);
  return lanesSum(sum);
}

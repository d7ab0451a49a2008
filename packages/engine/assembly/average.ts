// Exponential moving average, in place.
import { fma } from './simd';
import { loadPart, storePart } from './part';

/** target = decay·target + fresh·value. */
export function average(target: usize, value: usize, n: usize, decay: f32, fresh: f32): void {
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

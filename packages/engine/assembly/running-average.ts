// The exponential moving average of a tensor.
import { loadPart, storePart } from './part';
import { Address, fma } from './simd';

/** y = decay·average + fresh·value; y may be the average. */
export function runningAverage(
  average: Address,
  value: Address,
  y: Address,
  n: usize,
  decay: f32,
  fresh: f32,
): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    d = f32x4.splat(decay),
    f = f32x4.splat(fresh);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(y + i, fma(v128.load(average + i), d, f32x4.mul(v128.load(value + i), f)));
      i += 16;
    } while (i < full);
  if (rest > 0)
    storePart(y + i, fma(loadPart(average + i, rest), d, f32x4.mul(loadPart(value + i, rest), f)), rest);
}

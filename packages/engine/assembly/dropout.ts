// Inverted dropout whose mask is a hash of (seed, element).
import { Address } from './simd';
import { loadPart, storePart } from './part';

function mixed(x: v128): v128 {
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  return v128.xor(x, i32x4.shr_u(x, 16));
}

/** y = x·scale where the upper 24 bits of the hash are at least `threshold`, else 0. The same for the gradient. */
export function dropout(x: Address, y: Address, n: usize, threshold: i32, scale: f32, seed: i32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    bound = i32x4.splat(threshold),
    k = f32x4.splat(scale);
  const step = i32x4.splat(0x9e3779b9 << 2);
  // seed + (i + 1)·0x9e3779b9 for the next four elements.
  let counter = i32x4.add(i32x4.splat(seed), i32x4.mul(i32x4(1, 2, 3, 4), i32x4.splat(0x9e3779b9)));
  let i: usize = 0;
  if (full > 0)
    do {
      const kept = i32x4.ge_s(i32x4.shr_u(mixed(counter), 8), bound);
      v128.store(y + i, v128.and(f32x4.mul(v128.load(x + i), k), kept));
      counter = i32x4.add(counter, step);
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const kept = i32x4.ge_s(i32x4.shr_u(mixed(counter), 8), bound);
    storePart(y + i, v128.and(f32x4.mul(loadPart(x + i, rest), k), kept), rest);
  }
}

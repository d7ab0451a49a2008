// The dropout mask: element `index` under `seed` is kept where its 24 random bits are >= threshold = ceil(rate * 2^24).
// The mixer is that of `maskUniform` in src/ops/dropout-mask.ts.

/** All ones in the lanes of the elements index .. index + 3 that are kept. */
export function kept4(seed: u32, index: u32, threshold: u32): v128 {
  const golden = i32x4.splat(0x9e3779b9);
  const numbers = i32x4.add(i32x4.splat(<i32>index), i32x4(1, 2, 3, 4));
  let x = i32x4.add(i32x4.splat(<i32>seed), i32x4.mul(numbers, golden));
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x7feb352d));
  x = v128.xor(x, i32x4.shr_u(x, 15));
  x = i32x4.mul(x, i32x4.splat(0x846ca68b));
  x = i32x4.shr_u(v128.xor(x, i32x4.shr_u(x, 16)), 8);
  return i32x4.ge_u(x, i32x4.splat(<i32>threshold));
}

/** The same for one element. */
export function kept(seed: u32, index: u32, threshold: u32): bool {
  let x = seed + (index + 1) * 0x9e3779b9;
  x ^= x >> 16;
  x *= 0x7feb352d;
  x ^= x >> 15;
  x *= 0x846ca68b;
  return (x ^ (x >> 16)) >> 8 >= threshold;
}

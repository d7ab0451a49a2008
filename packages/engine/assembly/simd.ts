// Shared by all kernels. Addresses are byte offsets (usize) into the memory of the host module. Kernels allocate nothing:
// no `new`, array literals, strings or closures, which would write over the host's heap (the build checks it).
// Binaryen inlines these at -O3.

/** A place in the memory of the host module, in bytes. The exported functions tell it apart from sizes, for their callers. */
export type Address = usize;

/**
 * Records of T, one after the other, which a kernel works through in one call; in its parameters the count of them follows.
 * A record has a field of 4 bytes for each thing that differs from tensor to tensor: `Place`, `Flag`, u32 or f32. The build
 * writes the type of what a caller passes from it.
 */
export type Table<T> = usize;

/** A place in a field of a record: see `Address`. */
export type Place = u32;

/** In a field of a record: 0 or 1. */
export type Flag = u32;

/** a*b + c: fused where the module is built with relaxed SIMD, rounded twice otherwise. The test folds at compile time. */
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

export function min(a: usize, b: usize): usize {
  return select(a, b, a < b);
}

/** Sum of the four lanes. */
export function lanesSum(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

/** Copies `bytes` (a multiple of 4): short runs, for which memory.copy is slow. */
export function copyFloats(to: usize, from: usize, bytes: usize): void {
  const end = from + bytes;
  while (from + 16 <= end) {
    v128.store(to, v128.load(from));
    from += 16;
    to += 16;
  }
  while (from < end) {
    f32.store(to, f32.load(from));
    from += 4;
    to += 4;
  }
}

/** Zeroes `bytes` (a multiple of 4). */
export function zeroFloats(to: usize, bytes: usize): void {
  const end = to + bytes;
  while (to + 16 <= end) {
    v128.store(to, f32x4.splat(0));
    to += 16;
  }
  while (to < end) {
    f32.store(to, 0);
    to += 4;
  }
}

/**
 * Reads one word of every cache line of `bytes` bytes, in order, which the processor fetches ahead: for what is used next
 * in another order, which it does not. The result is of no use but to keep the loads.
 */
export function touch(p: usize, bytes: usize): i32 {
  const end = p + bytes;
  let seen = 0;
  for (; p < end; p += 64) seen |= i32.load(p);
  return seen;
}

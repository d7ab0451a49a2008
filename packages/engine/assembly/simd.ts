// Helpers shared by all kernels. Addresses are byte offsets (usize) into the memory of the host module.
// Binaryen inlines all of it at -O3 (small functions, and functions with one call site).
/* eslint-disable */

/** Fused where the module is built with relaxed SIMD, mul + add otherwise. The test folds at compile time. */
export function fma(a: v128, b: v128, c: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return f32x4.relaxed_madd(a, b, c);
  return f32x4.add(c, f32x4.mul(a, b));
}

export function min(a: usize, b: usize): usize {
  return select(a, b, a < b);
}

// Activation tags: compile-time constants, passed as type arguments.
export type None = i8;
export type Relu = i16;
export type HardSwish = i32;

export function act<A>(z: v128): v128 {
  if (sizeof<A>() == sizeof<Relu>()) return f32x4.pmax(f32x4.splat(0), z);
  if (sizeof<A>() == sizeof<HardSwish>()) {
    const t = f32x4.pmin(f32x4.pmax(f32x4.splat(0), f32x4.add(z, f32x4.splat(3))), f32x4.splat(6));
    return f32x4.mul(f32x4.mul(z, f32x4.splat(1.0 / 6.0)), t);
  }
  return z;
}

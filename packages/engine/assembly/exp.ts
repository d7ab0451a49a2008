// The exponential of four floats.
import { fma } from './simd';

/**
 * e^x within a few units in the last place: x = n·ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor series to r^7 (the
 * rest is below 6e-9), 2^n by the exponent bits. 0 below -87.3 (results that are not normal numbers), constant above
 * 88.3 (2.3e38); NaN stays NaN.
 */
export function exp(x: v128): v128 {
  const lowest = f32x4.splat(-87.33654);
  return v128.andnot(normalExp(f32x4.pmin(f32x4.pmax(x, lowest), f32x4.splat(88.37))), f32x4.lt(x, lowest));
}

/** e^v for v from -87.33654 to 88.37. */
function normalExp(v: v128): v128 {
  // Added to 1.5·2^23, a number is rounded to a whole one, which the low bits then hold.
  const shift = f32x4.splat(12582912);
  const shifted = fma(v, f32x4.splat(1.442695), shift),
    n = f32x4.sub(shifted, shift);
  // ln 2 in two parts; the first has few bits, so its multiples are exact.
  let r = fma(n, f32x4.splat(-0.693359375), v);
  r = fma(n, f32x4.splat(0.00021219444), r);
  let p = fma(r, f32x4.splat(1.0 / 5040.0), f32x4.splat(1.0 / 720.0));
  p = fma(p, r, f32x4.splat(1.0 / 120.0));
  p = fma(p, r, f32x4.splat(1.0 / 24.0));
  p = fma(p, r, f32x4.splat(1.0 / 6.0));
  p = fma(p, r, f32x4.splat(0.5));
  p = fma(f32x4.mul(r, r), p, r);
  p = f32x4.add(p, f32x4.splat(1));
  return f32x4.mul(p, i32x4.shl(i32x4.add(shifted, i32x4.splat(127)), 23));
}

/** 1 / (1 + e^-x). */
export function sigmoid(x: v128): v128 {
  const v = f32x4.pmin(f32x4.pmax(f32x4.neg(x), f32x4.splat(-87.33654)), f32x4.splat(88.37));
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.splat(1), normalExp(v)));
}

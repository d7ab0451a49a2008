// The normal distribution on four floats, for exact GELU.
import { exp } from './exp';
import { fma } from './simd';

/** φ(a), the density at a. */
export function normalDensity(a: v128): v128 {
  return f32x4.mul(exp(f32x4.mul(f32x4.mul(a, a), f32x4.splat(-0.5))), f32x4.splat(0.3989422804014327));
}

/**
 * Φ(−a), the probability beyond a, for 0 <= a <= 14: e^(−a²/2)·P(a)/Q(a), where P/Q is fitted to Φ(−a)·e^(a²/2) within
 * 5e-9 of its value. Without the cancellation that 1 + erf has; NaN stays NaN.
 */
export function normalTail(a: v128): v128 {
  let p = fma(a, f32x4.splat(0.004011660217518301), f32x4.splat(0.0399263061473751));
  p = fma(p, a, f32x4.splat(0.1811343596607015));
  p = fma(p, a, f32x4.splat(0.4354522624068935));
  p = fma(p, a, f32x4.splat(0.500000002447033));
  let q = fma(a, f32x4.splat(0.010055595446343022), f32x4.splat(0.1000878774577723));
  q = fma(q, a, f32x4.splat(0.4639253555260995));
  q = fma(q, a, f32x4.splat(1.193765966151925));
  q = fma(q, a, f32x4.splat(1.6687894386945066));
  q = fma(q, a, f32x4.splat(1));
  return f32x4.mul(exp(f32x4.mul(f32x4.mul(a, a), f32x4.splat(-0.5))), f32x4.div(p, q));
}

// Activations of a vector, in the numbers and the arithmetic of the engine's assembly/activation.ts, exp.ts and
// normal-tail.ts.
#pragma once
#include "vector.h"

enum activation { IDENTITY, RELU, LEAKY_RELU, HARD_SWISH, SILU, SIGMOID, HARD_SIGMOID, GELU, ACTIVATIONS };

INLINE vf normal_exp(vf v) {
  const vf shift = splat(12582912.0f), shifted = fused(v, splat(1.442695f), shift), n = shifted - shift;
  vf r = fused(n, splat(-0.693359375f), v);
  r = fused(n, splat(0.00021219444f), r);
  vf p = fused(r, splat(1.0f / 5040.0f), splat(1.0f / 720.0f));
  p = fused(p, r, splat(1.0f / 120.0f));
  p = fused(p, r, splat(1.0f / 24.0f));
  p = fused(p, r, splat(1.0f / 6.0f));
  p = fused(p, r, splat(0.5f));
  p = fused(r * r, p, r);
  return times_power(p + splat(1.0f), shifted);
}

INLINE vf sigmoid(vf x) {
  const vf v = least(most(-x, splat(-87.33654f)), splat(88.37f));
  return splat(1.0f) / (splat(1.0f) + normal_exp(v));
}

/** e^x, 0 below -87.3. */
INLINE vf exponential(vf x) {
  const vf lowest = splat(-87.33654f);
  return if_above(lowest, x, splat(0), normal_exp(least(most(x, lowest), splat(88.37f))));
}

/** The probability of the normal distribution beyond a, for 0 <= a <= 14. */
INLINE vf normal_tail(vf a) {
  vf p = fused(a, splat(0.004011660217518301f), splat(0.0399263061473751f));
  p = fused(p, a, splat(0.1811343596607015f));
  p = fused(p, a, splat(0.4354522624068935f));
  p = fused(p, a, splat(0.500000002447033f));
  vf q = fused(a, splat(0.010055595446343022f), splat(0.1000878774577723f));
  q = fused(q, a, splat(0.4639253555260995f));
  q = fused(q, a, splat(1.193765966151925f));
  q = fused(q, a, splat(1.6687894386945066f));
  q = fused(q, a, splat(1.0f));
  return exponential((a * a) * splat(-0.5f)) * (p / q);
}

INLINE vf clipped(vf z) { return least(most(z + splat(3.0f), splat(0.0f)), splat(6.0f)); }

INLINE vf activated(vf z, const enum activation activation, vf slope) {
  switch (activation) {
    case RELU: return most(z, splat(0.0f));
    case LEAKY_RELU: return if_above(z, splat(0), z, z * slope);
    case HARD_SWISH: return (z * splat(1.0f / 6.0f)) * clipped(z);
    case SILU: return z * sigmoid(z);
    case SIGMOID: return sigmoid(z);
    case HARD_SIGMOID: return clipped(z) * splat(1.0f / 6.0f);
    case GELU: {
      const vf a = least(magnitude(z), splat(14.0f));
      return most(z, splat(0)) - a * normal_tail(a);
    }
    default: return z;
  }
}

/** The derivative at z, times dy. */
INLINE vf activation_gradient(vf z, vf dy, const enum activation activation, vf slope) {
  switch (activation) {
    case RELU: return if_above(z, splat(0), dy, splat(0));
    case LEAKY_RELU: return if_above(z, splat(0), dy, dy * slope);
    case HARD_SWISH: {
      const vf d = if_above(z, splat(3.0f), splat(1.0f), fused(z, splat(1.0f / 3.0f), splat(0.5f)));
      return dy * if_above(splat(-3.0f), z, splat(0), d);
    }
    case SILU: {
      const vf s = sigmoid(z);
      return dy * (s * fused(z, splat(1.0f) - s, splat(1.0f)));
    }
    case SIGMOID: {
      const vf s = sigmoid(z);
      return dy * (s * (splat(1.0f) - s));
    }
    case HARD_SIGMOID: {
      // Where z lies between -3 and 3, both left out.
      const vf d = dy * splat(1.0f / 6.0f);
      return if_above(z, splat(-3.0f), if_above(splat(3.0f), z, d, splat(0)), splat(0));
    }
    case GELU: {
      const vf a = least(magnitude(z), splat(14.0f)), tail = normal_tail(a);
      const vf cumulative = if_above(z, splat(0), splat(1.0f) - tail, tail);
      const vf density = exponential((a * a) * splat(-0.5f)) * splat(0.3989422804014327f);
      return dy * fused(if_above(z, splat(0), a, -a), density, cumulative);
    }
    default: return dy;
  }
}

/** activation(y + bias) in place on `rows` rows of `columns` floats, `stride` floats apart. */
static void epilogue(float *y, size_t stride, const float *bias, size_t rows, size_t columns, int activation, float slope);

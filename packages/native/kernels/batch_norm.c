// Batch normalisation with the statistics of the batch, and an activation, over x[R, C]: the sums of the engine's
// assembly/batch-norm.ts and channel-affine*.ts, in their order, on wider vectors.
#include <math.h>
#include "kernels.h"
#include "product.h"

/** Rows whose sums are taken in float32. */
#define BLOCK 256

/** Whether the engine adds up several rows at a time. */
static int together(size_t C) { return C % 4 == 0 && C <= 64; }

/** Floats of an array of C channels, whose last vector is whole. */
static size_t padded(size_t C) { return upward(C, VW) * VW; }

/** `rows` (4 or 1) rows into a vector of the sums of x - centre and of its squares. */
INLINE void moment_lanes(const int rows, const int whole, const float *x, size_t C, const float *centre, float *sum,
                         float *squares, size_t n) {
  const vf m = load(centre), a = load_lanes(whole, x, n) - m;
  vf of = a, square = load(squares);
  if (rows == 4) {
    const vf b = load_lanes(whole, x + C, n) - m, d = load_lanes(whole, x + 2 * C, n) - m,
             e = load_lanes(whole, x + 3 * C, n) - m;
    of = (a + b) + (d + e);
    square = fused(b, b, fused(d, d, fused(e, e, square)));
  }
  store(sum, load(sum) + of);
  store(squares, fused(a, a, square));
}

/** One block: sum += x - centre, squares += (x - centre)². */
static void moment_rows(const float *x, const float *centre, float *sum, float *squares, size_t R, size_t C) {
  size_t r = 0;
  if (together(C))
    for (; r + 4 <= R; r += 4, x += 4 * C) {
      size_t c = 0;
      for (; c + VW <= C; c += VW) moment_lanes(4, 1, x + c, C, centre + c, sum + c, squares + c, VW);
      if (c < C) moment_lanes(4, 0, x + c, C, centre + c, sum + c, squares + c, C - c);
    }
  for (; r < R; r++, x += C) {
    size_t c = 0;
    for (; c + VW <= C; c += VW) moment_lanes(1, 1, x + c, C, centre + c, sum + c, squares + c, VW);
    if (c < C) moment_lanes(1, 0, x + c, C, centre + c, sum + c, squares + c, C - c);
  }
}

/** Mean and sum of squared deviations of each channel, in float64; `sums` has room for 2 x padded(C). */
static void moments(const float *x, float *centre, float *sums, double *mean, double *deviations, size_t R, size_t C) {
  const size_t wide = padded(C), first = smaller(R, BLOCK);
  float *squares = sums + wide;
  memset(centre, 0, wide * sizeof(float));
  memset(sums, 0, 2 * wide * sizeof(float));
  memset(mean, 0, wide * sizeof(double));
  memset(deviations, 0, wide * sizeof(double));
  moment_rows(x, centre, sums, squares, first, C);
  for (size_t c = 0; c < C; c++) centre[c] = sums[c] / (float)first;
  for (size_t done = 0; done < R; done += BLOCK) {
    const size_t n = smaller(R - done, BLOCK);
    memset(sums, 0, 2 * wide * sizeof(float));
    moment_rows(x + done * C, centre, sums, squares, n, C);
    const double share = (double)n / (double)(done + n), weight = (double)done * share, inverse = 1.0 / (double)n;
    for (size_t c = 0; c < C; c++) {
      const double s = sums[c], delta = (double)centre[c] + s * inverse - mean[c], joined = mean[c] + delta * share;
      mean[c] = joined;
      deviations[c] = deviations[c] + (double)squares[c] - s * s * inverse + delta * delta * weight;
      centre[c] = (float)joined;
    }
  }
}

/** What a row of channels is read with; each padded(C) floats. */
struct affine {
  const float *centre, *scale, *shift, *slant, *offset;
};

INLINE void apply_rows(const float *x, float *y, struct affine of, size_t R, size_t C, const enum activation activation,
                       vf slope) {
  for (; R > 0; R--, x += C, y += C) {
    size_t c = 0;
    for (; c + VW <= C; c += VW) {
      const vf v = load(x + c) - load(of.centre + c);
      store(y + c, activated(fused(v, load(of.scale + c), load(of.shift + c)), activation, slope));
    }
    if (c < C) {
      const vf v = load_part(x + c, C - c) - load(of.centre + c);
      store_part(y + c, activated(fused(v, load(of.scale + c), load(of.shift + c)), activation, slope), C - c);
    }
  }
}

static void apply(const float *x, float *y, struct affine of, size_t R, size_t C, int activation, float slope) {
  const vf s = splat(slope);
  switch (activation) {
    case RELU: apply_rows(x, y, of, R, C, RELU, s); break;
    case LEAKY_RELU: apply_rows(x, y, of, R, C, LEAKY_RELU, s); break;
    case HARD_SWISH: apply_rows(x, y, of, R, C, HARD_SWISH, s); break;
    case SILU: apply_rows(x, y, of, R, C, SILU, s); break;
    default: apply_rows(x, y, of, R, C, IDENTITY, s);
  }
}

static int batch_norm(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *variance,
                      size_t R, size_t C, double epsilon, int activation, float slope) {
  const size_t wide = padded(C);
  float *centre = memory_of(CHANNELS, 9 * wide);
  if (!centre) return 0;
  float *sums = centre + wide, *scale = centre + 3 * wide, *shift = centre + 4 * wide;
  double *means = (double *)(centre + 5 * wide), *deviations = means + wide;
  moments(x, centre, sums, means, deviations, R, C);
  memset(scale, 0, 2 * wide * sizeof(float));
  memcpy(shift, beta, C * sizeof(float));
  for (size_t c = 0; c < C; c++) {
    const double of = deviations[c] / (double)R, v = of < 0 ? 0 : of;
    mean[c] = centre[c];
    variance[c] = (float)v;
    scale[c] = (float)((double)gamma[c] / sqrt(v + epsilon));
  }
  apply(x, y, (struct affine){centre, scale, shift, 0, 0}, R, C, activation, slope);
  return 1;
}

/** `rows` (2 or 1) rows into a vector of the sums of dz and of (x - centre)·dz. SiLU's dz is kept in dx. */
INLINE void sum_lanes(const int rows, const int whole, const float *x, const float *dy, float *dx, size_t C,
                      struct affine of, float *sum, float *dot, const enum activation activation, vf slope, size_t n) {
  const vf m = load(of.centre), k = load(of.scale), b = load(of.shift);
  const vf u = load_lanes(whole, x, n) - m;
  const vf du = activation_gradient(fused(u, k, b), load_lanes(whole, dy, n), activation, slope);
  if (activation == SILU) store_lanes(whole, dx, du, n);
  vf sums = du, dots = fused(u, du, load(dot));
  if (rows == 2) {
    const vf v = load_lanes(whole, x + C, n) - m;
    const vf dv = activation_gradient(fused(v, k, b), load_lanes(whole, dy + C, n), activation, slope);
    if (activation == SILU) store_lanes(whole, dx + C, dv, n);
    sums = du + dv;
    dots = fused(v, dv, dots);
  }
  store(sum, load(sum) + sums);
  store(dot, dots);
}

INLINE struct affine from_channel(struct affine of, size_t c) {
  of.centre += c, of.scale += c, of.shift += c;
  return of;
}

/** One block of rows. */
INLINE void sum_rows(const float *x, const float *dy, float *dx, struct affine of, float *sum, float *dot, size_t R,
                     size_t C, const enum activation activation, vf slope) {
  const int pairs = together(C);
  for (size_t r = 0; r < R;) {
    size_t c = 0;
    if (pairs && r + 2 <= R) {
      for (; c + VW <= C; c += VW)
        sum_lanes(2, 1, x + c, dy + c, dx + c, C, from_channel(of, c), sum + c, dot + c, activation, slope, VW);
      if (c < C)
        sum_lanes(2, 0, x + c, dy + c, dx + c, C, from_channel(of, c), sum + c, dot + c, activation, slope, C - c);
      r += 2, x += 2 * C, dy += 2 * C, dx += 2 * C;
    } else {
      for (; c + VW <= C; c += VW)
        sum_lanes(1, 1, x + c, dy + c, dx + c, C, from_channel(of, c), sum + c, dot + c, activation, slope, VW);
      if (c < C)
        sum_lanes(1, 0, x + c, dy + c, dx + c, C, from_channel(of, c), sum + c, dot + c, activation, slope, C - c);
      r++, x += C, dy += C, dx += C;
    }
  }
}

/** totals = [Σ dz, Σ (x - centre)·dz], padded; `sums` has room for both in float32. */
static void reduce(const float *x, const float *dy, float *dx, struct affine of, float *sums, double *totals, size_t R,
                   size_t C, int activation, float slope) {
  const size_t wide = padded(C);
  const vf s = splat(slope);
  memset(totals, 0, 2 * wide * sizeof(double));
  for (size_t done = 0; done < R; done += BLOCK) {
    const size_t n = smaller(R - done, BLOCK), at = done * C;
    memset(sums, 0, 2 * wide * sizeof(float));
    float *dot = sums + wide;
    switch (activation) {
      case RELU: sum_rows(x + at, dy + at, dx + at, of, sums, dot, n, C, RELU, s); break;
      case LEAKY_RELU: sum_rows(x + at, dy + at, dx + at, of, sums, dot, n, C, LEAKY_RELU, s); break;
      case HARD_SWISH: sum_rows(x + at, dy + at, dx + at, of, sums, dot, n, C, HARD_SWISH, s); break;
      case SILU: sum_rows(x + at, dy + at, dx + at, of, sums, dot, n, C, SILU, s); break;
      default: sum_rows(x + at, dy + at, dx + at, of, sums, dot, n, C, IDENTITY, s);
    }
    for (size_t c = 0; c < 2 * wide; c++) totals[c] = totals[c] + (double)sums[c];
  }
}

INLINE void gradient_lanes(const int whole, const float *x, const float *dy, float *dx, struct affine of, size_t c,
                           const enum activation activation, vf slope, size_t n) {
  const vf v = load_lanes(whole, x + c, n) - load(of.centre + c), k = load(of.scale + c);
  const vf dz = activation_gradient(fused(v, k, load(of.shift + c)), load_lanes(whole, dy + c, n), activation, slope);
  store_lanes(whole, dx + c, fused(dz, k, fused(v, load(of.slant + c), load(of.offset + c))), n);
}

/** dx = dz·scale + (x - centre)·slant + offset. */
INLINE void gradient_rows(const float *x, const float *dy, float *dx, struct affine of, size_t R, size_t C,
                          const enum activation activation, vf slope) {
  for (; R > 0; R--, x += C, dy += C, dx += C) {
    size_t c = 0;
    for (; c + VW <= C; c += VW) gradient_lanes(1, x, dy, dx, of, c, activation, slope, VW);
    if (c < C) gradient_lanes(0, x, dy, dx, of, c, activation, slope, C - c);
  }
}

static void apply_gradient(const float *x, const float *dy, float *dx, struct affine of, size_t R, size_t C,
                           int activation, float slope) {
  const vf s = splat(slope);
  switch (activation) {
    case RELU: gradient_rows(x, dy, dx, of, R, C, RELU, s); break;
    case LEAKY_RELU: gradient_rows(x, dy, dx, of, R, C, LEAKY_RELU, s); break;
    case HARD_SWISH: gradient_rows(x, dy, dx, of, R, C, HARD_SWISH, s); break;
    // `reduce` left dz in dx.
    case SILU: gradient_rows(x, dx, dx, of, R, C, IDENTITY, s); break;
    default: gradient_rows(x, dy, dx, of, R, C, IDENTITY, s);
  }
}

static int batch_norm_gradient(const float *x, const float *dy, const float *gamma, const float *beta, const float *mean,
                               const float *variance, float *dx, float *d_gamma, float *d_beta, size_t R, size_t C,
                               double epsilon, int activation, float slope) {
  const size_t wide = padded(C);
  float *centre = memory_of(CHANNELS, 11 * wide);
  if (!centre) return 0;
  float *scale = centre + wide, *shift = centre + 2 * wide, *slant = centre + 3 * wide, *offset = centre + 4 * wide;
  float *sums = centre + 5 * wide;
  double *totals = (double *)(centre + 7 * wide);
  memset(centre, 0, 5 * wide * sizeof(float));
  memcpy(centre, mean, C * sizeof(float));
  memcpy(shift, beta, C * sizeof(float));
  for (size_t c = 0; c < C; c++) scale[c] = (float)((double)gamma[c] / sqrt((double)variance[c] + epsilon));
  const struct affine of = {centre, scale, shift, slant, offset};
  reduce(x, dy, dx, of, sums, totals, R, C, activation, slope);
  for (size_t c = 0; c < C; c++) {
    const double sum = totals[c], dot = totals[wide + c], square = (double)variance[c] + epsilon;
    const double k = (double)scale[c] / (double)R;
    d_beta[c] = (float)sum;
    d_gamma[c] = (float)(dot / sqrt(square));
    slant[c] = (float)((-k * dot) / square);
    offset[c] = (float)(-k * sum);
  }
  apply_gradient(x, dy, dx, of, R, C, activation, slope);
  return 1;
}

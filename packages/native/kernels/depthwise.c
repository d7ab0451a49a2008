// Depthwise convolution, weight [KH,KW,C], any stride and padding, and both gradients: the sums of the engine's
// assembly/depthwise-convolution*.ts, in their order, on wider vectors.
#include "kernels.h"
#include "product.h"

/** Bytes of the source rows that are worked on at a time: they stay in the second level cache. */
#define BAND 131072
/** Floats of taps and source pixels that a group of output pixels reads: they stay in the first level cache. */
#define NEAR 6144

/** Rows that are worked on at a time; the gradient of a weight adds up over them. */
static size_t band_rows(size_t row_floats) { return larger(BAND / (row_floats * sizeof(float)), 1); }

/** Channels that are worked on at a time. */
static size_t channel_block(size_t nh, size_t nw, size_t step) {
  return larger(NEAR / (nh * nw + nh * (step * 3 + nw)) / VW, 1) * VW;
}

/** Taps that a pixel of the input sees at most, along an axis. */
static size_t phase_taps(size_t K, size_t S) { return (K + S - 1) / S; }

/** Rows of pixels, as `pixels` takes them: distances in floats. */
struct pixels {
  const float *p, *taps;
  float *y;
  size_t nh, nw, row, C;
  /** The column of the source of W columns that the first pixel's window starts at, and those from pixel to pixel. */
  ptrdiff_t column;
  size_t W, step, out, count;
};

/** Columns of a group's source that exist: `span` from `low`. */
struct columns {
  size_t low, span;
};

/** Unsigned: a column before the first is far behind the last. */
INLINE int has(const int edge, size_t j, struct columns is) { return !edge || j - is.low < is.span; }

/**
 * A vector of the channels of four neighbours. `five`: taps in the order of the engine, which takes the first three of each
 * row before the last two. `three` and `five` have neighbours one column apart.
 */
INLINE void group(const int three, const int five, const int edge, const int whole, const struct pixels *s,
                  const float *p, const float *taps, float *y, struct columns is, size_t n) {
  const size_t C = s->C;
  vf a[4] = {splat(0), splat(0), splat(0), splat(0)};
  if (three || five) {
    for (size_t i = 0; i < s->nh; i++) {
      const float *q = p + i * s->row, *w = taps + i * s->nw * C;
      const vf k[3] = {load_lanes(whole, w, n), load_lanes(whole, w + C, n), load_lanes(whole, w + 2 * C, n)};
#pragma GCC unroll 6
      for (int j = 0; j < 6; j++) {
        if (!has(edge, (size_t)j, is)) continue;
        const vf x = load_lanes(whole, q + (size_t)j * C, n);
#pragma GCC unroll 4
        for (int o = 0; o < 4; o++)
          if (j - o >= 0 && j - o < 3) a[o] = fused(x, k[j - o], a[o]);
      }
    }
    for (size_t i = 0; five && i < s->nh; i++) {
      const float *q = p + i * s->row, *w = taps + i * s->nw * C;
      const vf k[2] = {load_lanes(whole, w + 3 * C, n), load_lanes(whole, w + 4 * C, n)};
#pragma GCC unroll 5
      for (int j = 3; j < 8; j++) {
        if (!has(edge, (size_t)j, is)) continue;
        const vf x = load_lanes(whole, q + (size_t)j * C, n);
#pragma GCC unroll 4
        for (int o = 0; o < 4; o++)
          if (j - o >= 3 && j - o < 5) a[o] = fused(x, k[j - o - 3], a[o]);
      }
    }
  } else {
    const size_t step = s->step;
    for (size_t i = 0; i < s->nh; i++)
      for (size_t j = 0; j < s->nw; j++) {
        const float *q = p + i * s->row + j * C;
        const vf k = load_lanes(whole, taps + (i * s->nw + j) * C, n);
#pragma GCC unroll 4
        for (size_t o = 0; o < 4; o++)
          if (has(edge, j + o * step, is)) a[o] = fused(load_lanes(whole, q + o * step * C, n), k, a[o]);
      }
  }
#pragma GCC unroll 4
  for (size_t o = 0; o < 4; o++) store_lanes(whole, y + o * s->out, a[o], n);
}

/** All channels of a group. */
INLINE void group_channels(const int three, const int five, const int edge, const struct pixels *s, const float *p,
                           float *y, struct columns is, size_t channels) {
  size_t c = 0;
  for (; c + VW <= channels; c += VW) group(three, five, edge, 1, s, p + c, s->taps + c, y + c, is, VW);
  if (c < channels) group(three, five, edge, 0, s, p + c, s->taps + c, y + c, is, channels - c);
}

/** One pixel, from the columns that exist. */
static void one(const struct pixels *s, const float *p, float *y, struct columns is, size_t channels) {
  for (size_t c = 0; c < channels; c += VW) {
    const size_t n = channels - c;
    vf a = splat(0);
    for (size_t i = 0; i < s->nh; i++)
      for (size_t j = is.low; j < is.low + is.span; j++)
        a = fused(load_some(p + i * s->row + j * s->C + c, n), load_some(s->taps + (i * s->nw + j) * s->C + c, n), a);
    store_some(y + c, a, n);
  }
}

/** `channels` of the channels of pixels in a row, each the sum of nh x nw taps. */
static void pixels(const struct pixels *s, size_t channels) {
  if (s->nh == 0 || s->nw == 0) {
    for (size_t i = 0; i < s->count; i++) memset(s->y + i * s->out, 0, channels * sizeof(float));
    return;
  }
  const int several = s->count >= 4;
  const size_t columns = several ? s->step * 3 + s->nw : s->nw;
  for (size_t done = 0; done < s->count; done += several ? 4 : 1) {
    // The last four overlap those before them where the count is no multiple of four.
    const size_t first = several && done + 4 > s->count ? s->count - 4 : done;
    const ptrdiff_t start = s->column + (ptrdiff_t)(first * s->step), low = start < 0 ? -start : 0;
    ptrdiff_t end = (ptrdiff_t)s->W - start;
    if (end > (ptrdiff_t)columns) end = (ptrdiff_t)columns;
    const struct columns is = {(size_t)low, end > low ? (size_t)(end - low) : 0};
    const float *p = s->p + start * (ptrdiff_t)s->C;
    float *y = s->y + first * s->out;
    const int edge = is.span < columns, three = s->step == 1 && s->nw == 3, five = s->step == 1 && s->nw == 5;
    if (!several) one(s, p, y, is, channels);
    else if (three && edge) group_channels(1, 0, 1, s, p, y, is, channels);
    else if (three) group_channels(1, 0, 0, s, p, y, is, channels);
    else if (five && edge) group_channels(0, 1, 1, s, p, y, is, channels);
    else if (five) group_channels(0, 1, 0, s, p, y, is, channels);
    else if (edge) group_channels(0, 0, 1, s, p, y, is, channels);
    else group_channels(0, 0, 0, s, p, y, is, channels);
  }
}

static int depthwise_forward(const float *x, const float *w, float *y, const struct convolution *s, const float *bias,
                             int activation, float slope) {
  const size_t C = s->C, H = (size_t)s->H, W = (size_t)s->W, KH = (size_t)s->KH, KW = (size_t)s->KW,
               S = (size_t)s->stride, row = W * C, band = band_rows(S * row), block = channel_block(KH, KW, S);
  for (size_t n = 0; n < s->N; n++, x += H * row)
    for (size_t oh = 0; oh < s->OH; oh += band) {
      const size_t rows = smaller(s->OH - oh, band);
      for (size_t c = 0; c < C; c += block) {
        const size_t channels = smaller(C - c, block);
        for (size_t r = 0; r < rows; r++) {
          // The window's first row, and its rows inside of the image.
          const ptrdiff_t h = (ptrdiff_t)((oh + r) * S) - s->top, first = h < 0 ? -h : 0;
          ptrdiff_t last = s->H - h;
          if (last > s->KH) last = s->KH;
          float *to = y + ((n * s->OH + oh + r) * s->OW) * C + c;
          const struct pixels row_of = {
              .p = x + (h + first) * (ptrdiff_t)row + (ptrdiff_t)c, .taps = w + (size_t)first * KW * C + c, .y = to,
              .nh = last > first ? (size_t)(last - first) : 0, .nw = KW, .row = row, .C = C, .column = -s->left, .W = W,
              .step = S, .out = C, .count = s->OW};
          pixels(&row_of, channels);
          if (bias) epilogue(to, C, bias + c, s->OW, channels, activation, slope);
        }
      }
    }
  return 1;
}

/** Each of the S phases of a row of the input is a convolution of dy with every S-th tap, backwards. */
static int depthwise_input_gradient(const float *dy, const float *w, float *dx, const struct convolution *s) {
  const size_t C = s->C, H = (size_t)s->H, W = (size_t)s->W, KH = (size_t)s->KH, KW = (size_t)s->KW,
               S = (size_t)s->stride, top = (size_t)s->top, left = (size_t)s->left, row = s->OW * C;
  const size_t most_h = phase_taps(KH, S), most_w = phase_taps(KW, S), phase = most_h * most_w * C;
  const size_t band = band_rows(row) * S, block = channel_block(most_h, most_w, 1);
  float *taps = memory_of(FIELDS, S * S * phase);
  if (!taps) return 0;
  for (size_t i = 0; i < S && i < KH; i++)
    for (size_t j = 0; j < S && j < KW; j++) {
      const size_t nh = phase_taps(KH - i, S), nw = phase_taps(KW - j, S);
      float *to = taps + (i * S + j) * phase;
      for (size_t a = 0; a < nh; a++)
        for (size_t b = 0; b < nw; b++, to += C)
          memcpy(to, w + ((i + (nh - 1 - a) * S) * KW + j + (nw - 1 - b) * S) * C, C * sizeof(float));
    }
  for (size_t n = 0; n < s->N; n++, dy += s->OH * row)
    for (size_t ih = 0; ih < H; ih += band) {
      const size_t rows = smaller(H - ih, band);
      for (size_t c = 0; c < C; c += block) {
        const size_t channels = smaller(C - c, block);
        for (size_t r = ih; r < ih + rows; r++) {
          const size_t kh = (r + top) % S, all = kh < KH ? phase_taps(KH - kh, S) : 0;
          // The first of the output rows that see this row, and those of them that exist.
          const ptrdiff_t h = (ptrdiff_t)((r + top) / S + 1) - (ptrdiff_t)all, first = h < 0 ? -h : 0;
          ptrdiff_t last = (ptrdiff_t)s->OH - h;
          if (last > (ptrdiff_t)all) last = (ptrdiff_t)all;
          for (size_t iw = 0; iw < S && iw < W; iw++) {
            const size_t kw = (iw + left) % S, nw = kw < KW ? phase_taps(KW - kw, S) : 0;
            const struct pixels row_of = {
                .p = dy + (h + first) * (ptrdiff_t)row + (ptrdiff_t)c,
                .taps = taps + (kh * S + kw) * phase + (size_t)first * nw * C + c,
                .y = dx + ((n * H + r) * W + iw) * C + c, .nh = last > first ? (size_t)(last - first) : 0, .nw = nw,
                .row = row, .C = C, .column = (ptrdiff_t)((iw + left) / S + 1) - (ptrdiff_t)nw, .W = s->OW, .step = 1,
                .out = S * C, .count = (W - iw + S - 1) / S};
            pixels(&row_of, channels);
          }
        }
      }
    }
  return 1;
}

/**
 * Adds up to 4 pixels at g to the sums of `taps` (1, 2 or 3) neighbouring taps at t, a vector of the channels. p: the source of
 * the first pixel's first tap. What does not exist is zero.
 */
INLINE void weight_group(const int taps, const int one_step, const int edge, const int whole, const float *p,
                         const float *g, float *t, size_t C, size_t step, struct columns is, size_t count, size_t n) {
  vf of[4], sum[3];
#pragma GCC unroll 4
  for (size_t o = 0; o < 4; o++) of[o] = !edge || o < count ? load_lanes(whole, g + o * C, n) : splat(0);
#pragma GCC unroll 3
  for (int k = 0; k < taps; k++) sum[k] = load_lanes(whole, t + (size_t)k * C, n);
  if (one_step) {
    // Neighbours share the columns between them.
#pragma GCC unroll 6
    for (int j = 0; j < taps + 3; j++) {
      const vf x = has(edge, (size_t)j, is) ? load_lanes(whole, p + (size_t)j * C, n) : splat(0);
#pragma GCC unroll 3
      for (int k = 0; k < taps; k++)
        if (j - k >= 0 && j - k < 4) sum[k] = fused(of[j - k], x, sum[k]);
    }
  } else {
#pragma GCC unroll 4
    for (size_t o = 0; o < 4; o++)
#pragma GCC unroll 3
      for (int k = 0; k < taps; k++) {
        const size_t j = o * step + (size_t)k;
        sum[k] = fused(of[o], has(edge, j, is) ? load_lanes(whole, p + j * C, n) : splat(0), sum[k]);
      }
  }
#pragma GCC unroll 3
  for (int k = 0; k < taps; k++) store_lanes(whole, t + (size_t)k * C, sum[k], n);
}

INLINE void weight_channels(const int taps, const int one_step, const int edge, const float *p, const float *g, float *t,
                            size_t C, size_t step, struct columns is, size_t count, size_t channels) {
  size_t c = 0;
  for (; c + VW <= channels; c += VW)
    weight_group(taps, one_step, edge, 1, p + c, g + c, t + c, C, step, is, count, VW);
  if (c < channels) weight_group(taps, one_step, edge, 0, p + c, g + c, t + c, C, step, is, count, channels - c);
}

/** Adds a row of OW pixels at g to the sums of KW taps, whose first reads column -left of p[W] for the first pixel. */
static void weight_row(const float *p, const float *g, float *t, const struct convolution *s, size_t channels) {
  const size_t C = s->C, S = (size_t)s->stride, KW = (size_t)s->KW;
  for (size_t ow = 0; ow < s->OW; ow += 4) {
    const size_t count = smaller(s->OW - ow, 4);
    const float *o = g + ow * C;
    for (size_t kw = 0; kw < KW;) {
      const size_t nw = smaller(KW - kw, S == 1 ? 3 : 2), columns = (count - 1) * S + nw;
      const ptrdiff_t start = (ptrdiff_t)(ow * S + kw) - s->left, low = start < 0 ? -start : 0;
      ptrdiff_t end = s->W - start;
      if (end > (ptrdiff_t)columns) end = (ptrdiff_t)columns;
      const struct columns is = {(size_t)low, end > low ? (size_t)(end - low) : 0};
      const float *q = p + start * (ptrdiff_t)C;
      float *to = t + kw * C;
      const int edge = is.span < columns || count < 4;
      if (nw == 3 && edge) weight_channels(3, 1, 1, q, o, to, C, S, is, count, channels);
      else if (nw == 3) weight_channels(3, 1, 0, q, o, to, C, S, is, count, channels);
      else if (nw == 2 && edge) weight_channels(2, 0, 1, q, o, to, C, S, is, count, channels);
      else if (nw == 2) weight_channels(2, 0, 0, q, o, to, C, S, is, count, channels);
      else if (edge) weight_channels(1, 0, 1, q, o, to, C, S, is, count, channels);
      else weight_channels(1, 0, 0, q, o, to, C, S, is, count, channels);
      kw += nw;
    }
  }
}

static int depthwise_weight_gradient(const float *x, const float *dy, float *dw, const struct convolution *s) {
  const size_t C = s->C, H = (size_t)s->H, row = (size_t)s->W * C, KH = (size_t)s->KH, KW = (size_t)s->KW,
               S = (size_t)s->stride, all = KH * KW * C, band = band_rows(S * row), block = channel_block(1, KW, S);
  float *sums = memory_of(FIELDS, all);
  if (!sums) return 0;
  memset(dw, 0, all * sizeof(float));
  for (size_t n = 0; n < s->N; n++, x += H * row)
    for (size_t oh = 0; oh < s->OH; oh += band) {
      const size_t rows = smaller(s->OH - oh, band);
      memset(sums, 0, all * sizeof(float));
      for (size_t c = 0; c < C; c += block) {
        const size_t channels = smaller(C - c, block);
        for (size_t r = 0; r < rows; r++)
          for (size_t kh = 0; kh < KH; kh++) {
            const ptrdiff_t h = (ptrdiff_t)((oh + r) * S + kh) - s->top;
            if (h < 0 || h >= s->H) continue;
            weight_row(x + (size_t)h * row + c, dy + (n * s->OH + oh + r) * s->OW * C + c, sums + kh * KW * C + c, s,
                       channels);
          }
      }
      for (size_t i = 0; i < all; i += VW) store_some(dw + i, load_some(dw + i, all - i) + load_some(sums + i, all - i), all - i);
    }
  return 1;
}

// Convolution 3x3 with stride 1 by Winograd's F(4x4, 3x3): the transforms and blocks of the engine's
// assembly/winograd*.ts, on wider vectors.
#include "kernels.h"
#include "product.h"

#define ROOT_HALF 0.7071067811865476f
#define ROOT 1.4142135623730951f

/** Tiles of a block of the forward pass. */
#define TILES_FORWARD 60
/** Tiles of a block of the weight's gradient, over which it adds up: as in the engine. */
#define TILES_GRADIENT 60
#define TILES_PACKED 128
#define FEW_PAIRS 16384

INLINE void input_line(const vf d0, const vf d1, const vf d2, const vf d3, const vf d4, const vf d5, vf *q, const int to) {
  const vf a = fused(splat(-2.0f), d2, d4), b = splat(ROOT_HALF) * fused(splat(-2.0f), d1, d3);
  const vf c = fused(splat(-0.5f), d2, d4), d = splat(ROOT) * fused(splat(-0.5f), d1, d3);
  q[0] = fused(splat(-2.5f), d2, d0 + d4);
  q[to] = a + b;
  q[to * 2] = a - b;
  q[to * 3] = c + d;
  q[to * 4] = c - d;
  q[to * 5] = fused(splat(-2.5f), d3, d1 + d5);
}

INLINE void gradient_line(const vf y0, const vf y1, const vf y2, const vf y3, vf *q, const int to) {
  const vf a = fused(splat(0.5f), y2, y0), b = splat(ROOT_HALF) * fused(splat(0.5f), y3, y1);
  const vf c = fused(splat(2.0f), y2, y0), d = splat(ROOT) * fused(splat(2.0f), y3, y1);
  q[0] = y0;
  q[to] = a + b;
  q[to * 2] = a - b;
  q[to * 3] = c + d;
  q[to * 4] = c - d;
  q[to * 5] = y3;
}

INLINE void output_line(const vf m0, const vf m1, const vf m2, const vf m3, const vf m4, const vf m5, vf *q, const int to) {
  const vf a = m1 + m2, b = splat(ROOT_HALF) * (m1 - m2), c = m3 + m4, d = splat(ROOT) * (m3 - m4);
  q[0] = m0 + (a + c);
  q[to] = b + d;
  q[to * 2] = fused(splat(2.0f), c, splat(0.5f) * a);
  q[to * 3] = m5 + fused(splat(2.0f), d, splat(0.5f) * b);
}

INLINE void weight_line(const vf g0, const vf g1, const vf g2, vf *q, const int to) {
  const vf a = fused(splat(-1.0f / 3.0f), g2, splat(-2.0f / 3.0f) * g0), b = splat((-2.0f / 3.0f) * ROOT_HALF) * g1;
  const vf c = fused(splat(1.0f / 3.0f), g2, splat(1.0f / 6.0f) * g0), d = splat(ROOT / 6.0f) * g1;
  q[0] = g0;
  q[to] = a + b;
  q[to * 2] = a - b;
  q[to * 3] = c + d;
  q[to * 4] = c - d;
  q[to * 5] = g2;
}

INLINE void weight_gradient_line(const vf u0, const vf u1, const vf u2, const vf u3, const vf u4, const vf u5, vf *q,
                                 const int to) {
  const vf a = u1 + u2, c = u3 + u4, b = splat((-2.0f / 3.0f) * ROOT_HALF) * (u1 - u2);
  q[0] = fused(splat(1.0f / 6.0f), c, fused(splat(-2.0f / 3.0f), a, u0));
  q[to] = fused(splat(ROOT / 6.0f), u3 - u4, b);
  q[to * 2] = fused(splat(1.0f / 3.0f), c - a, u5);
}

/** Floats from plane to plane: an odd number of cache lines, so that 36 planes do not fall into one set of the cache. */
static size_t plane_floats(size_t floats) { return ((floats + 15) & ~(size_t)15) | 16; }

static size_t tiles_of(const struct convolution *s) { return s->N * ((s->OH + 3) >> 2) * ((s->OW + 3) >> 2); }

/** A side x side patch of an image of H x W pixels at (h, w), with zeros outside. */
static void copy_patch(const float *image, ptrdiff_t H, ptrdiff_t W, size_t C, ptrdiff_t h, ptrdiff_t w, int side,
                       float *patch) {
  for (ptrdiff_t i = h; i < h + side; i++)
    for (ptrdiff_t j = w; j < w + side; j++, patch += C) {
      if (i >= 0 && i < H && j >= 0 && j < W) memcpy(patch, image + (i * W + j) * (ptrdiff_t)C, C * sizeof(float));
      else memset(patch, 0, C * sizeof(float));
    }
}

/** The patch of side x side pixels of tile `tile`, which lies `off` pixels before the tile, or a copy of it with zeros outside. */
static const float *patch_of(const float *x, size_t tile, const struct convolution *s, ptrdiff_t H, ptrdiff_t W, size_t C,
                             ptrdiff_t top, ptrdiff_t left, int side, float *copy, size_t *row) {
  const size_t TH = (s->OH + 3) >> 2, TW = (s->OW + 3) >> 2;
  const ptrdiff_t h = (ptrdiff_t)((tile / TW) % TH * 4) - top, w = (ptrdiff_t)(tile % TW * 4) - left;
  const float *image = x + tile / (TW * TH) * (size_t)H * (size_t)W * C;
  if (h >= 0 && w >= 0 && h + side <= H && w + side <= W) {
    *row = (size_t)W * C;
    return image + (h * W + w) * (ptrdiff_t)C;
  }
  copy_patch(image, H, W, C, h, w, side, copy);
  *row = (size_t)side * C;
  return copy;
}

/** 6x6 patches of tiles [from, from + count) into 36 planes [count][pitch]. */
static void transform_input(const float *x, float *v, size_t plane, size_t pitch, size_t from, size_t count,
                            const struct convolution *s, float *copy) {
  for (size_t i = 0; i < count; i++, v += pitch) {
    size_t row;
    const float *p = patch_of(x, from + i, s, s->H, s->W, s->C, s->top, s->left, 6, copy, &row);
    for (size_t c = 0; c < s->C; c += VW) {
      const size_t n = s->C - c;
      vf t[36];
      for (int j = 0; j < 6; j++) {
        const float *q = p + j * s->C + c;
        input_line(load_some(q, n), load_some(q + row, n), load_some(q + row * 2, n), load_some(q + row * 3, n),
                   load_some(q + row * 4, n), load_some(q + row * 5, n), t + j, 6);
      }
      for (int k = 0; k < 6; k++) {
        const vf *l = t + k * 6;
        vf out[6];
        input_line(l[0], l[1], l[2], l[3], l[4], l[5], out, 1);
        for (int j = 0; j < 6; j++) store_some(v + (k * 6 + j) * plane + c, out[j], n);
      }
    }
  }
}

/** The weight [3,3,C,Co] as packed right sides of 36 products for each panel of columns: [panel][36][C][columns]. */
static void transform_weight(const float *w, float *u, size_t C, size_t Co, size_t columns, int flip) {
  for (size_t j = 0; j < Co; j += columns) {
    const size_t wide = upward(smaller(Co - j, columns), VW) * VW, plane = C * wide;
    for (size_t k = 0; k < wide; k += VW) {
      const size_t n = j + k < Co ? Co - j - k : 0;
      for (size_t c = 0; c < C; c++) {
        vf g[9], t[18], out[6];
        for (int tap = 0; tap < 9; tap++) {
          if (flip) {
            float lane[VW] = {0};
            const float *from = w + ((8 - tap) * Co + j + k) * C + c;
            for (size_t i = 0; i < VW && i < n; i++) lane[i] = from[i * C];
            g[tap] = load(lane);
          } else {
            g[tap] = load_some(w + (tap * C + c) * Co + j + k, n);
          }
        }
        for (int i = 0; i < 3; i++) weight_line(g[i], g[3 + i], g[6 + i], t + i, 3);
        float *to = u + c * wide + k;
        for (int i = 0; i < 6; i++) {
          weight_line(t[i * 3], t[i * 3 + 1], t[i * 3 + 2], out, 1);
          for (int e = 0; e < 6; e++) store(to + (i * 6 + e) * plane, out[e]);
        }
      }
    }
    u += 36 * plane;
  }
}

/** 36 planes of `count` tiles back into pixels of `columns` channels of y. */
static void transform_output(const float *m, size_t plane, size_t pitch, float *y, size_t from, size_t count,
                             const struct convolution *s, size_t channel, size_t columns, const float *bias,
                             int activation, float slope) {
  const size_t TH = (s->OH + 3) >> 2, TW = (s->OW + 3) >> 2;
  for (size_t i = from; i < from + count; i++, m += pitch) {
    const size_t h = (i / TW) % TH * 4, w = i % TW * 4, rows = smaller(s->OH - h, 4), cols = smaller(s->OW - w, 4);
    float *to = y + ((i / (TW * TH) * s->OH + h) * s->OW + w) * s->Co + channel;
    for (size_t c = 0; c < columns; c += VW) {
      vf t[24];
      for (int j = 0; j < 6; j++) {
        const float *q = m + j * plane + c;
        output_line(load(q), load(q + plane * 6), load(q + plane * 12), load(q + plane * 18), load(q + plane * 24),
                    load(q + plane * 30), t + j, 6);
      }
      for (size_t r = 0; r < rows; r++) {
        const vf *l = t + r * 6;
        vf out[4];
        output_line(l[0], l[1], l[2], l[3], l[4], l[5], out, 1);
        for (size_t j = 0; j < cols; j++) store_some(to + (r * s->OW + j) * s->Co + c, out[j], columns - c);
      }
    }
    if (bias)
      for (size_t r = 0; r < rows; r++)
        epilogue(to + r * s->OW * s->Co, s->Co, bias + channel, cols, columns, activation, slope);
  }
}

static int winograd_forward(const float *x, const float *w, float *y, const struct convolution *s, int flip,
                            const float *bias, int activation, float slope) {
  const size_t C = s->C, Co = s->Co, tiles_all = tiles_of(s), block = smaller(tiles_all, TILES_FORWARD);
  const size_t columns = tile_vectors(Co) * VW, wide_all = upward(Co, VW) * VW;
  const size_t v_plane = plane_floats(block * C), m_plane = plane_floats(block * columns);
  float *copy = memory_of(WINOGRAD, 36 * (C + C * wide_all + v_plane + m_plane));
  if (!copy) return 0;
  float *u = copy + 36 * C, *v = u + 36 * C * wide_all, *m = v + 36 * v_plane;
  transform_weight(w, u, C, Co, columns, flip);
  for (size_t from = 0; from < tiles_all; from += block) {
    const size_t count = smaller(tiles_all - from, block);
    transform_input(x, v, v_plane, C, from, count, s, copy);
    const float *b = u;
    for (size_t j = 0; j < Co; j += columns) {
      const size_t n = smaller(Co - j, columns), wide = upward(n, VW) * VW;
      for (int e = 0; e < 36; e++, b += C * wide)
        tiles(ROWS, 0, v + e * v_plane, C, b, wide, C, m + e * m_plane, columns, count, wide, 0, 0, 0);
      transform_output(m, m_plane, columns, y, from, count, s, j, n, bias, activation, slope);
    }
  }
  return 1;
}

/** 4x4 patches of the output's gradient into 36 planes of packed right sides, [panel][count][columns]. */
static void transform_gradient(const float *dy, float *z, size_t plane, size_t columns, size_t from, size_t count,
                               const struct convolution *s, float *copy) {
  const size_t Co = s->Co;
  for (size_t i = 0; i < count; i++) {
    size_t row;
    const float *p = patch_of(dy, from + i, s, (ptrdiff_t)s->OH, (ptrdiff_t)s->OW, Co, 0, 0, 4, copy, &row);
    for (size_t c = 0; c < Co; c += VW) {
      const size_t n = Co - c, panel = c / columns * columns;
      const size_t wide = upward(smaller(Co - panel, columns), VW) * VW;
      float *to = z + panel * count + i * wide + (c - panel);
      vf t[24];
      for (int j = 0; j < 4; j++) {
        const float *q = p + j * Co + c;
        gradient_line(load_some(q, n), load_some(q + row, n), load_some(q + row * 2, n), load_some(q + row * 3, n), t + j,
                      4);
      }
      for (int k = 0; k < 6; k++) {
        const vf *l = t + k * 4;
        vf out[6];
        gradient_line(l[0], l[1], l[2], l[3], out, 1);
        for (int j = 0; j < 6; j++) store(to + (k * 6 + j) * plane, out[j]);
      }
    }
  }
}

static int winograd_weight_gradient(const float *x, const float *dy, float *dw, const struct convolution *s) {
  const size_t C = s->C, Co = s->Co, tiles_all = tiles_of(s), packs = C * Co > FEW_PAIRS;
  const size_t block = smaller(tiles_all, packs ? TILES_PACKED : TILES_GRADIENT);
  const size_t vectors = tile_vectors(Co), columns = vectors * VW, wide_all = upward(Co, VW) * VW;
  const size_t v_plane = plane_floats(block * C), z_plane = plane_floats(block * wide_all);
  float *copy = memory_of(WINOGRAD, 36 * (larger(C, Co) + C * Co + v_plane + z_plane) + C * block + VW);
  if (!copy) return 0;
  float *du = copy + 36 * larger(C, Co), *v = du + 36 * C * Co, *z = v + 36 * v_plane, *packed = z + 36 * z_plane;
  for (size_t from = 0; from < tiles_all; from += block) {
    const size_t count = smaller(tiles_all - from, block);
    transform_input(x, v, v_plane, C, from, count, s, copy);
    transform_gradient(dy, z, z_plane, columns, from, count, s, copy);
    for (int e = 0; e < 36; e++) {
      size_t height = 0;
      for (size_t j = 0; j < Co; j += columns) {
        const size_t n = smaller(Co - j, columns), wide = upward(n, VW);
        if (packs && height != wide) pack_a((struct matrix){v + e * v_plane, 1, C}, packed, C, count, height = wide);
        tiles(COLUMNS, 0, packs ? packed : v + e * v_plane, C, z + e * z_plane + j * count, wide * VW, count,
              du + e * C * Co + j, Co, C, n, from > 0, (int)packs, 0);
      }
    }
  }
  const size_t taps = C * Co;
  for (size_t at = 0; at < taps; at += VW) {
    const size_t n = taps - at;
    vf t[18], out[3];
    for (int j = 0; j < 6; j++) {
      const float *q = du + j * taps + at;
      weight_gradient_line(load_some(q, n), load_some(q + taps * 6, n), load_some(q + taps * 12, n),
                           load_some(q + taps * 18, n), load_some(q + taps * 24, n), load_some(q + taps * 30, n), t + j, 6);
    }
    for (int r = 0; r < 3; r++) {
      const vf *l = t + r * 6;
      weight_gradient_line(l[0], l[1], l[2], l[3], l[4], l[5], out, 1);
      for (int j = 0; j < 3; j++) store_some(dw + (r * 3 + j) * taps + at, out[j], n);
    }
  }
  return 1;
}

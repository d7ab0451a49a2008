// Dense convolution as products over blocks of output pixels, as the engine's assembly/convolution.ts.
#include "kernels.h"
#include "product.h"

INLINE void copy_floats(float *to, const float *from, size_t n) {
  for (size_t i = 0; i < n; i += VW) store_some(to + i, load_some(from + i, n - i), n - i);
}
INLINE void zero_floats(float *to, size_t n) {
  for (size_t i = 0; i < n; i += VW) store_some(to + i, splat(0), n - i);
}
INLINE void add_floats(float *to, const float *from, size_t n) {
  for (size_t i = 0; i < n; i += VW) store_some(to + i, load_some(to + i, n - i) + load_some(from + i, n - i), n - i);
}

/** Output pixels in a block, over which the gradient of a weight adds up. */
static size_t block_pixels(size_t row_length, size_t pixels) {
  const size_t fit = ((size_t)(1 << 17) / row_length) & ~(size_t)3;
  return smaller(pixels, fit < 256 ? 256 : smaller(fit, 2048));
}

/** Rows of output pixels [from, from + count): copied from the images, or added back into them (`scatter`). */
static void receptive_fields(float *image, float *rows, size_t from, size_t count, const struct convolution *s,
                             int scatter) {
  const size_t C = s->C, tap = (size_t)s->KW * C;
  size_t ow = from % s->OW, oh = (from / s->OW) % s->OH;
  float *x = image + from / (s->OW * s->OH) * (size_t)s->H * (size_t)s->W * C;
  for (; count > 0; count--) {
    const ptrdiff_t ih0 = (ptrdiff_t)oh * s->stride - s->top, iw0 = (ptrdiff_t)ow * s->stride - s->left;
    const ptrdiff_t lo = iw0 < 0 ? -iw0 : 0, inside = s->W - iw0, hi = s->KW < inside ? s->KW : inside;
    for (ptrdiff_t kh = 0; kh < s->KH; kh++, rows += tap) {
      const ptrdiff_t ih = ih0 + kh;
      if (ih >= 0 && ih < s->H && hi > lo) {
        const size_t before = (size_t)lo * C, n = (size_t)(hi - lo) * C;
        float *pixel = x + ((size_t)ih * (size_t)s->W + (size_t)(iw0 + lo)) * C;
        if (scatter) {
          add_floats(pixel, rows + before, n);
        } else {
          zero_floats(rows, before);
          copy_floats(rows + before, pixel, n);
          zero_floats(rows + before + n, tap - before - n);
        }
      } else if (!scatter) {
        zero_floats(rows, tap);
      }
    }
    if (++ow == s->OW) {
      ow = 0;
      if (++oh == s->OH) {
        oh = 0;
        x += (size_t)s->H * (size_t)s->W * C;
      }
    }
  }
}

static int conv_forward(const float *x, const float *w, float *y, const struct convolution *s, const float *bias,
                        int activation, float slope) {
  const size_t length = (size_t)s->KH * (size_t)s->KW * s->C, pixels = s->N * s->OH * s->OW;
  const size_t block = block_pixels(length, pixels);
  float *rows = memory_of(FIELDS, block * length);
  if (!rows) return 0;
  for (size_t p = 0; p < pixels; p += block) {
    const size_t n = smaller(pixels - p, block);
    receptive_fields((float *)x, rows, p, n, s, 0);
    const struct after after = {bias, activation, slope};
    if (!product((struct matrix){rows, length, 1}, (struct matrix){w, s->Co, 1}, y + p * s->Co, s->Co, n, s->Co, length,
                 0, after))
      return 0;
  }
  return 1;
}

static int conv_input_gradient(const float *dy, const float *w, float *dx, const struct convolution *s) {
  const size_t length = (size_t)s->KH * (size_t)s->KW * s->C, pixels = s->N * s->OH * s->OW;
  const size_t block = block_pixels(length, pixels);
  float *rows = memory_of(FIELDS, block * length);
  if (!rows) return 0;
  memset(dx, 0, s->N * (size_t)s->H * (size_t)s->W * s->C * sizeof(float));
  for (size_t p = 0; p < pixels; p += block) {
    const size_t n = smaller(pixels - p, block);
    if (!product((struct matrix){dy + p * s->Co, s->Co, 1}, (struct matrix){w, 1, s->Co}, rows, length, n, length, s->Co,
                 0, (struct after){0}))
      return 0;
    receptive_fields(dx, rows, p, n, s, 1);
  }
  return 1;
}

static int conv_weight_gradient(const float *x, const float *dy, float *dw, const struct convolution *s) {
  const size_t length = (size_t)s->KH * (size_t)s->KW * s->C, pixels = s->N * s->OH * s->OW;
  const size_t block = block_pixels(length, pixels);
  float *rows = memory_of(FIELDS, block * length);
  if (!rows) return 0;
  for (size_t p = 0; p < pixels; p += block) {
    const size_t n = smaller(pixels - p, block);
    receptive_fields((float *)x, rows, p, n, s, 0);
    if (!product((struct matrix){rows, 1, length}, (struct matrix){dy + p * s->Co, s->Co, 1}, dw, s->Co, length, s->Co,
                 n, p > 0, (struct after){0}))
      return 0;
  }
  return 1;
}

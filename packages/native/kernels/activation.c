#include "activation.h"

INLINE void rows_of(float *y, size_t stride, const float *bias, size_t rows, size_t columns,
                    const enum activation activation, vf slope) {
  for (; rows > 0; rows--, y += stride) {
    size_t c = 0;
    for (; c + VW <= columns; c += VW) store(y + c, activated(load(y + c) + load(bias + c), activation, slope));
    const size_t rest = columns - c;
    if (rest > 0) {
      const vf z = load_part(y + c, rest) + load_part(bias + c, rest);
      store_part(y + c, activated(z, activation, slope), rest);
    }
  }
}

static void epilogue(float *y, size_t stride, const float *bias, size_t rows, size_t columns, int activation, float slope) {
  const vf s = splat(slope);
  switch (activation) {
    case RELU: rows_of(y, stride, bias, rows, columns, RELU, s); break;
    case LEAKY_RELU: rows_of(y, stride, bias, rows, columns, LEAKY_RELU, s); break;
    case HARD_SWISH: rows_of(y, stride, bias, rows, columns, HARD_SWISH, s); break;
    case SILU: rows_of(y, stride, bias, rows, columns, SILU, s); break;
    case SIGMOID: rows_of(y, stride, bias, rows, columns, SIGMOID, s); break;
    case HARD_SIGMOID: rows_of(y, stride, bias, rows, columns, HARD_SIGMOID, s); break;
    case GELU: rows_of(y, stride, bias, rows, columns, GELU, s); break;
    default: rows_of(y, stride, bias, rows, columns, IDENTITY, s);
  }
}

INLINE void forward(const float *x, float *y, size_t n, const enum activation activation, vf slope) {
  for (size_t i = 0; i < n; i += VW) store_some(y + i, activated(load_some(x + i, n - i), activation, slope), n - i);
}

static int activate(const float *x, float *y, size_t n, int activation, float slope) {
  const vf s = splat(slope);
  switch (activation) {
    case RELU: forward(x, y, n, RELU, s); break;
    case LEAKY_RELU: forward(x, y, n, LEAKY_RELU, s); break;
    case HARD_SWISH: forward(x, y, n, HARD_SWISH, s); break;
    case SILU: forward(x, y, n, SILU, s); break;
    case SIGMOID: forward(x, y, n, SIGMOID, s); break;
    case HARD_SIGMOID: forward(x, y, n, HARD_SIGMOID, s); break;
    case GELU: forward(x, y, n, GELU, s); break;
    default: forward(x, y, n, IDENTITY, s);
  }
  return 1;
}

INLINE void backward(const float *x, const float *dy, float *dx, size_t n, const enum activation activation, vf slope) {
  for (size_t i = 0; i < n; i += VW) {
    const vf d = activation_gradient(load_some(x + i, n - i), load_some(dy + i, n - i), activation, slope);
    store_some(dx + i, d, n - i);
  }
}

static int activate_gradient(const float *x, const float *dy, float *dx, size_t n, int activation, float slope) {
  const vf s = splat(slope);
  switch (activation) {
    case RELU: backward(x, dy, dx, n, RELU, s); break;
    case LEAKY_RELU: backward(x, dy, dx, n, LEAKY_RELU, s); break;
    case HARD_SWISH: backward(x, dy, dx, n, HARD_SWISH, s); break;
    case SILU: backward(x, dy, dx, n, SILU, s); break;
    case SIGMOID: backward(x, dy, dx, n, SIGMOID, s); break;
    case HARD_SIGMOID: backward(x, dy, dx, n, HARD_SIGMOID, s); break;
    case GELU: backward(x, dy, dx, n, GELU, s); break;
    default: backward(x, dy, dx, n, IDENTITY, s);
  }
  return 1;
}

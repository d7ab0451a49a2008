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

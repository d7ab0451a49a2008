#include "tile.h"

#define TILE_ARGUMENTS \
  const float *a, size_t as, const float *b, size_t bs, size_t kc, float *c, size_t cs, size_t tail, int add, \
      struct ahead *ahead

/**
 * One fused multiply-add for each product, in the order of k: every lane has the bits that the engine's WebAssembly has.
 * `rows`, `vectors`, `layout` and `part` are constants where it is compiled into its callers. `tail`: lanes of the last
 * vector.
 */
INLINE void tile(const int rows, const int vectors, const enum layout layout, const int part, TILE_ARGUMENTS) {
  vf sum[12][4];
  // A third of the rows has a pointer: the others are one and two times `as` on, which an address can say.
  const float *row[4];
#pragma GCC unroll 4
  for (int i = 0; i < 4; i++) row[i] = a + 3 * i * as;
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) sum[r][v] = splat(0);
  const float *next_a = layout == COLUMNS ? ahead->a : 0, *next_b = layout == COLUMNS ? ahead->b : 0;
  const size_t step_a = layout == COLUMNS ? ahead->as : 0, step_b = layout == COLUMNS ? ahead->bs : 0;
  for (; kc > 0; kc--) {
    if (layout == COLUMNS) {
      __builtin_prefetch(next_a);
      next_a += step_a;
      __builtin_prefetch(next_b);
      next_b += step_b;
    }
    vf right[4];
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++)
      right[v] = part && v == vectors - 1 ? load_part(b + v * VW, tail) : load(b + v * VW);
#pragma GCC unroll 12
    for (int r = 0; r < rows; r++) {
      const vf left = splat(layout == ROWS ? row[r / 3][(r % 3) * as] : a[r]);
#pragma GCC unroll 4
      for (int v = 0; v < vectors; v++) sum[r][v] = fused(left, right[v], sum[r][v]);
    }
    b += bs;
    if (layout == COLUMNS) a += as;
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++)
      if (3 * i < rows) row[i]++;
  }
  if (layout == COLUMNS) ahead->a = next_a, ahead->b = next_b;
#pragma GCC unroll 12
  for (int r = 0; r < rows; r++, c += cs)
#pragma GCC unroll 4
    for (int v = 0; v < vectors; v++) {
      float *to = c + v * VW;
      const int whole = v < vectors - 1 || tail == VW;
      vf value = sum[r][v];
      if (add) value = (whole ? load(to) : load_part(to, tail)) + value;
      if (whole) store(to, value);
      else store_part(to, value, tail);
    }
}

typedef void tile_function(TILE_ARGUMENTS);

#define DEFINE(rows, vectors, layout, part)                                              \
  static void tile_##rows##_##vectors##_##layout##_##part(TILE_ARGUMENTS) {              \
    tile(rows <= TILE_ROWS(vectors) ? rows : 1, vectors, layout, part, a, as, b, bs, kc, c, cs, tail, add, \
         ahead);                                                                         \
  }
#define NAME(rows, vectors, layout, part) tile_##rows##_##vectors##_##layout##_##part,
#define EACH_ROWS(do, ...)                                                                                  \
  do(1, __VA_ARGS__) do(2, __VA_ARGS__) do(3, __VA_ARGS__) do(4, __VA_ARGS__) do(5, __VA_ARGS__)            \
  do(6, __VA_ARGS__) do(7, __VA_ARGS__) do(8, __VA_ARGS__) do(9, __VA_ARGS__) do(10, __VA_ARGS__)           \
  do(11, __VA_ARGS__) do(12, __VA_ARGS__)

#if TILE_VECTORS > 3
#define EACH_VECTORS(do, ...) do(1, __VA_ARGS__) do(2, __VA_ARGS__) do(3, __VA_ARGS__) do(4, __VA_ARGS__)
#else
#define EACH_VECTORS(do, ...) do(1, __VA_ARGS__) do(2, __VA_ARGS__) do(3, __VA_ARGS__)
#endif
#define DEFINE_ROWS(vectors, layout, part) EACH_ROWS(DEFINE, vectors, layout, part)
#define NAME_ROWS(vectors, layout, part) {EACH_ROWS(NAME, vectors, layout, part)},

EACH_VECTORS(DEFINE_ROWS, ROWS, 0)
EACH_VECTORS(DEFINE_ROWS, ROWS, 1)
EACH_VECTORS(DEFINE_ROWS, COLUMNS, 0)
EACH_VECTORS(DEFINE_ROWS, COLUMNS, 1)

static tile_function *const TILES[2][2][TILE_VECTORS][12] = {
    {{EACH_VECTORS(NAME_ROWS, ROWS, 0)}, {EACH_VECTORS(NAME_ROWS, ROWS, 1)}},
    {{EACH_VECTORS(NAME_ROWS, COLUMNS, 0)}, {EACH_VECTORS(NAME_ROWS, COLUMNS, 1)}},
};

static size_t tile_rows(size_t from, size_t rows, size_t vectors) {
  const size_t left = rows - from;
  return upward(left, upward(left, TILE_ROWS(vectors)));
}

static size_t tile_vectors(size_t columns) {
  const size_t vectors = upward(columns, VW);
  if (TILE_VECTORS == 3) return vectors == 1 ? 1 : vectors % 2 == 0 ? 2 : vectors % 3 == 0 ? 3 : 2;
  return upward(vectors, upward(vectors, TILE_VECTORS));
}

static void tiles(enum layout layout, int part, const float *a, size_t as, const float *b, size_t bs, size_t kc, float *c,
                  size_t cs, size_t mc, size_t width, int add, int packed, struct ahead *ahead) {
  const size_t vectors = upward(width, VW), tail = width - (vectors - 1) * VW;
  struct ahead none = {b, 0, b, 0};
  if (!ahead) ahead = &none;
  tile_function *const *of = TILES[layout][part && tail < VW][vectors - 1];
  for (size_t i = 0; i < mc;) {
    const size_t rows = tile_rows(i, mc, vectors);
    of[rows - 1](a, packed ? rows : as, b, bs, kc, c, cs, tail, add, ahead);
    a += packed ? rows * kc : layout == ROWS ? rows * as : rows;
    c += rows * cs;
    i += rows;
  }
}

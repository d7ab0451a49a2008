#include "product.h"

/** The engine's blocks of k: most terms of one, and of one where both matrices are few columns over many rows. */
#define KC 512
#define KC_FEW 64
#define FEW 280

/** Floats of a block of A and of B, which stay in the second level cache. */
#define A_FLOATS 98304
#define B_FLOATS 262144

/** Terms of a block where K is cut into blocks of up to `most`: all alike, and even. */
static size_t block_terms(size_t K, size_t most) {
  const size_t parts = upward(K, most);
  return (upward(K, parts) + 1) & ~(size_t)1;
}

/** Columns of the next panel: a vector that would be left alone goes with the one before, since alone it computes at half speed. */
static size_t panel_columns(size_t left, size_t columns) {
  return left <= TILE_VECTORS * VW ? left : smaller(left, columns);
}

/** 4 rows of 4 floats to 4 columns. */
static void transpose4(const float *from, size_t fs, float *to, size_t ts) {
  for (int i = 0; i < 4; i++)
    for (int j = 0; j < 4; j++) to[j * ts + i] = from[i * fs + j];
}

static void pack_b(struct matrix b, float *to, size_t kc, size_t nc, size_t columns) {
  for (size_t j = 0, n; j < nc; j += n) {
    n = panel_columns(nc - j, columns);
    const size_t wide = upward(n, VW) * VW;
    const float *from = b.at + j * b.column;
    if (b.column == 1) {
      for (size_t k = 0; k < kc; k++, to += wide, from += b.row)
        for (size_t v = 0; v < n; v += VW) store(to + v, load_some(from + v, n - v));
      continue;
    }
    size_t q = 0;
    if (b.row == 1) {
      for (; q + 4 <= n; q += 4) {
        size_t k = 0;
        for (; k + 4 <= kc; k += 4) transpose4(from + q * b.column + k, b.column, to + k * wide + q, wide);
        for (; k < kc; k++)
          for (size_t i = q; i < q + 4; i++) to[k * wide + i] = from[i * b.column + k];
      }
    }
    for (; q < wide; q++)
      for (size_t k = 0; k < kc; k++) to[k * wide + q] = q < n ? from[k * b.row + q * b.column] : 0;
    to += kc * wide;
  }
}

static void pack_a(struct matrix a, float *to, size_t mc, size_t kc, size_t vectors) {
  for (size_t i = 0; i < mc;) {
    const size_t rows = tile_rows(i, mc, vectors);
    const float *from = a.at + i * a.row;
    if (a.row == 1) {
      for (size_t k = 0; k < kc; k++, to += rows, from += a.column)
        // Whole vectors, the last beyond its tile, where the next is not written yet: a part takes AMD ten times as long.
        for (size_t r = 0; r < rows; r += VW) store(to + r, load_some(from + r, rows - r));
    } else {
      for (size_t k = 0; k < kc; k++, to += rows, from += a.column)
        for (size_t r = 0; r < rows; r++) to[r] = from[r * a.row];
    }
    i += rows;
  }
}

static int product(struct matrix a, struct matrix b, float *c, size_t cs, size_t M, size_t N, size_t K, int add,
            struct after after) {
  const int few = a.column > 1 && a.row == 1 && b.column == 1 && M + N <= FEW && !after.bias;
  const size_t kb = block_terms(K, few ? KC_FEW : KC), vectors = tile_vectors(N), columns = vectors * VW;
  const enum layout layout = a.column == 1 ? ROWS : COLUMNS;
  const int pack_left = layout == COLUMNS && !few;
  const int pack_right = !few && (b.column != 1 || M > 2 * TILE_ROWS(vectors));
  const size_t mb = few ? M : smaller(M, larger(A_FLOATS / kb, 240)),
               nb = few ? N : smaller(upward(N, columns), larger(B_FLOATS / kb / columns, 1)) * columns;
  float *pa = 0, *pb = 0;
  if (pack_left && !(pa = memory_of(PACKED_A, mb * kb))) return 0;
  if (pack_right && !(pb = memory_of(PACKED_B, nb * kb))) return 0;
  for (size_t jc = 0; jc < N; jc += nb) {
    const size_t nc = smaller(N - jc, nb);
    for (size_t pc = 0; pc < K; pc += kb) {
      const size_t kc = smaller(K - pc, kb);
      const struct matrix right = {b.at + pc * b.row + jc * b.column, b.row, b.column};
      if (pack_right) pack_b(right, pb, kc, nc, columns);
      struct ahead ahead = {a.at, 0, b.at, 0};
      if (few && pc + kc < K) {
        const size_t calls = upward(M, TILE_ROWS(vectors)) * upward(N, columns);
        ahead = (struct ahead){a.at + (pc + kc) * a.column, upward(M, calls), b.at + (pc + kc) * b.row, upward(N, calls)};
      }
      for (size_t ic = 0; ic < M; ic += mb) {
        const size_t mc = smaller(M - ic, mb);
        const struct matrix left = {a.at + ic * a.row + pc * a.column, a.row, a.column};
        size_t packed = 0;
        for (size_t j = 0, width; j < nc; j += width) {
          width = panel_columns(nc - j, columns);
          const size_t wide = upward(width, VW);
          float *to = c + ic * cs + jc + j;
          // The last panel may have other vectors, whose tiles are higher or lower.
          if (pack_left && packed != wide) pack_a(left, pa, mc, kc, packed = wide);
          tiles(layout, !pack_right, pack_left ? pa : left.at, layout == ROWS ? a.row : a.column,
                pack_right ? pb + j * kc : right.at + j, pack_right ? wide * VW : b.row, kc, to, cs, mc, width,
                add || pc > 0, pack_left, few ? &ahead : 0);
          if (after.bias && pc + kc == K)
            epilogue(to, cs, after.bias + jc + j, mc, width, after.activation, after.slope);
        }
      }
    }
  }
  return 1;
}

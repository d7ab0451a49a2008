// The inner kernel of the products: a tile of C, as high and wide as the registers allow, over a block of k.
#pragma once
#include "vector.h"

/**
 * Where a tile finds its rows of A. ROWS: the k of a row are neighbours, `as` leads from row to row. COLUMNS: the rows of a
 * tile are neighbours, `as` leads from k to k.
 */
enum layout { ROWS, COLUMNS };

/**
 * What a tile of COLUMNS fetches into the cache during its sums: each k fetches from `a` and `b`, and goes on by so many
 * floats. Without it sums over all pixels of a batch wait for memory as long as they compute.
 */
struct ahead {
  const float *a;
  size_t as;
  const float *b;
  size_t bs;
};

/**
 * C[mc, width] (+)= A[mc, kc] * B[kc, width] in tiles, one below the other; all distances in floats. `bs` and `cs` lead from
 * row to row of B and C. `an` leads from a tile of A to the next, where it is not 0: else its rows follow each other.
 * `ahead` is moved on; 0: nothing is fetched.
 * Where `part`, B ends with the last column, else it is as wide as whole vectors.
 */
static void tiles(enum layout layout, int part, const float *a, size_t as, const float *b, size_t bs, size_t kc, float *c,
                  size_t cs, size_t mc, size_t width, int add, int packed, struct ahead *ahead);

/** Rows of the tile that starts at row `from` of `rows`, for tiles of that many vectors: all about as high. */
static size_t tile_rows(size_t from, size_t rows, size_t vectors);

/** Vectors side by side in the tiles of a product with that many columns. */
static size_t tile_vectors(size_t columns);

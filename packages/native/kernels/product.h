// C[M,N] (+)= A[M,K] * B[K,N], as the engine's assembly/gemm.ts: the same sums over the same blocks of k.
#pragma once
#include "activation.h"
#include "tile.h"

struct matrix {
  const float *at;
  /** Floats from row to row and from column to column. */
  size_t row, column;
};

/** What follows on the last sum: activation(C + bias). No bias: nothing follows. */
struct after {
  const float *bias;
  int activation;
  float slope;
};

/** `c`: rows `cs` floats apart. `add`: to what is there. 0 when there is no memory for the packed blocks. */
static int product(struct matrix a, struct matrix b, float *c, size_t cs, size_t M, size_t N, size_t K, int add,
            struct after after);

/** B[kc,nc] as panels of that many columns, [panel][kc][columns], the last filled up with zeros to whole vectors. */
static void pack_b(struct matrix b, float *to, size_t kc, size_t nc, size_t columns);

/** A[mc,kc] as tiles of rows, [tile][kc][rows], cut as `tiles` does for tiles of that many vectors. */
static void pack_a(struct matrix a, float *to, size_t mc, size_t kc, size_t vectors);

/** Memory of this thread, at least so many floats, on a cache line; 0 when there is none. Valid until asked again for the slot. */
static float *memory_of(int slot, size_t floats);
enum { PACKED_A, PACKED_B, FIELDS, WINOGRAD, CHANNELS, SCORES_OF, SLOTS };
static void free_memory(void);

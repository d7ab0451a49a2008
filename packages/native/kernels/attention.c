// Multi-head attention, as the engine's assembly/attention.ts: a block of queries at a time, whose probabilities the gradient
// computes anew. Sums along a row are taken four lanes wide, as there.
#include <math.h>
#include "kernels.h"
#include "product.h"

/** Most scores of a block of queries. */
#define SCORES 131072

typedef float v4 __attribute__((vector_size(16), aligned(4)));
INLINE v4 load4(const float *p) { return *(const v4 *)p; }
INLINE float lanes_sum(v4 v) { return (v[0] + v[2]) + (v[1] + v[3]); }

/** Queries of a block: all blocks alike, but for the last. */
static size_t block_queries(size_t Tq, size_t Tk) {
  const size_t blocks = upward(Tq * Tk, SCORES);
  return blocks < Tq ? upward(Tq, blocks) : 1;
}

/** softmax(scale * row) over n floats, in place. */
static void softmax_row(float *row, size_t n, float scale) {
  const size_t full = n & ~(size_t)3;
  float greatest = -INFINITY;
  for (size_t i = 0; i < n; i++) greatest = row[i] > greatest ? row[i] : greatest;
  const vf most_of = splat(greatest), s = splat(scale);
  for (size_t i = 0; i < n; i += VW)
    store_some(row + i, exponential((load_some(row + i, n - i) - most_of) * s), n - i);
  v4 sums = {0};
  for (size_t i = 0; i < full; i += 4) sums = sums + load4(row + i);
  float sum = lanes_sum(sums);
  for (size_t i = full; i < n; i++) sum += row[i];
  const vf inverse = splat(1.0f / sum);
  for (size_t i = 0; i < n; i += VW) store_some(row + i, load_some(row + i, n - i) * inverse, n - i);
}

/** to = from * mask / (1 - rate), for n elements of which the first has number `index`: the engine's assembly/mask.ts. */
static void drop(const float *from, float *to, size_t n, uint32_t seed, uint32_t index, uint32_t threshold, float factor) {
  for (size_t i = 0; i < n; i++) {
    uint32_t x = seed + (index + (uint32_t)i + 1) * 0x9e3779b9u;
    x ^= x >> 16;
    x *= 0x7feb352du;
    x ^= x >> 15;
    x *= 0x846ca68bu;
    to[i] = (x ^ (x >> 16)) >> 8 >= threshold ? from[i] * factor : 0;
  }
}

/** Gradient of softmax(scale * x): dp <- scale * p * (dp - sum(p * dp)), row by row, in place. */
static void softmax_gradient(const float *p, float *dp, size_t R, size_t n, float scale) {
  const size_t full = n & ~(size_t)3;
  for (; R > 0; R--, p += n, dp += n) {
    v4 sums = {0};
    for (size_t i = 0; i < full; i += 4) sums = sums + load4(p + i) * load4(dp + i);
    float dot = lanes_sum(sums);
    for (size_t i = full; i < n; i++) dot += p[i] * dp[i];
    const vf d = splat(dot), s = splat(scale);
    for (size_t i = 0; i < n; i += VW)
      store_some(dp + i, (s * load_some(p + i, n - i)) * (load_some(dp + i, n - i) - d), n - i);
  }
}

static int multiply(const float *a, size_t ar, size_t ac, const float *b, size_t br, size_t bc, float *c, size_t cs,
                    size_t M, size_t N, size_t K, int add) {
  return product((struct matrix){a, ar, ac}, (struct matrix){b, br, bc}, c, cs, M, N, K, add, (struct after){0});
}

/** p = softmax(scale * q * kᵀ) of R queries, row by row. */
static int probabilities(const float *q, const float *k, float *p, size_t R, const struct attention *s) {
  if (!multiply(q, s->qs, 1, k, 1, s->ks, p, s->Tk, R, s->Tk, s->d, 0)) return 0;
  for (size_t r = 0; r < R; r++) softmax_row(p + r * s->Tk, s->Tk, s->scale);
  return 1;
}

static int attention_forward(const float *q, const float *k, const float *v, float *y, const struct attention *s) {
  const size_t D = s->heads * s->d, Tk = s->Tk, block = block_queries(s->Tq, Tk);
  float *p = memory_of(SCORES_OF, block * Tk);
  if (!p) return 0;
  uint32_t index = 0;
  for (size_t b = 0; b < s->B; b++) {
    for (size_t h = 0; h < s->heads; h++) {
      const size_t feature = h * s->d;
      for (size_t r = 0; r < s->Tq; r += block) {
        const size_t R = smaller(s->Tq - r, block);
        if (!probabilities(q + r * s->qs + feature, k + feature, p, R, s)) return 0;
        if (s->threshold > 0) drop(p, p, R * Tk, s->seed, index, s->threshold, s->factor);
        if (!multiply(p, Tk, 1, v + feature, s->ks, 1, y + r * D + feature, D, R, s->d, Tk, 0)) return 0;
        index += (uint32_t)(R * Tk);
      }
    }
    q += s->Tq * s->qs, y += s->Tq * D, k += Tk * s->ks, v += Tk * s->ks;
  }
  return 1;
}

static int attention_gradient(const float *q, const float *k, const float *v, const float *dy, float *dq, float *dk,
                              float *dv, const struct attention *s) {
  const size_t D = s->heads * s->d, Tk = s->Tk, block = block_queries(s->Tq, Tk);
  float *p = memory_of(SCORES_OF, 3 * block * Tk);
  if (!p) return 0;
  float *dp = p + block * Tk, *dropped = dp + block * Tk;
  uint32_t index = 0;
  for (size_t b = 0; b < s->B; b++) {
    for (size_t h = 0; h < s->heads; h++) {
      const size_t feature = h * s->d;
      const float *kh = k + feature, *vh = v + feature;
      for (size_t r = 0; r < s->Tq; r += block) {
        const size_t R = smaller(s->Tq - r, block);
        const int more = r > 0;
        const float *qr = q + r * s->qs + feature, *dyr = dy + r * D + feature, *weights = p;
        if (!probabilities(qr, kh, p, R, s)) return 0;
        if (s->threshold > 0) {
          drop(p, dropped, R * Tk, s->seed, index, s->threshold, s->factor);
          weights = dropped;
        }
        if (!multiply(weights, 1, Tk, dyr, D, 1, dv + feature, s->ks, Tk, s->d, R, more)) return 0;
        if (!multiply(dyr, D, 1, vh, 1, s->ks, dp, Tk, R, Tk, s->d, 0)) return 0;
        if (s->threshold > 0) drop(dp, dp, R * Tk, s->seed, index, s->threshold, s->factor);
        softmax_gradient(p, dp, R, Tk, s->scale);
        if (!multiply(dp, Tk, 1, kh, s->ks, 1, dq + r * s->qs + feature, s->qs, R, s->d, Tk, 0)) return 0;
        if (!multiply(dp, 1, Tk, qr, s->qs, 1, dk + feature, s->ks, Tk, s->d, R, more)) return 0;
        index += (uint32_t)(R * Tk);
      }
    }
    q += s->Tq * s->qs, dq += s->Tq * s->qs, dy += s->Tq * D;
    k += Tk * s->ks, v += Tk * s->ks, dk += Tk * s->ks, dv += Tk * s->ks;
  }
  return 1;
}

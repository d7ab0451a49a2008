// Holds a build of the kernels to plain loops over generated shapes: the products bit by bit (the order of their sums is
// given), Winograd's convolutions to the direct ones. Run under sanitizers, and for other processors in an emulator.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include "kernels.h"

#ifdef HAS_AVX512
extern const struct kernels avx512;
#endif
#ifdef HAS_AVX2
extern const struct kernels avx2;
#endif
#ifdef HAS_NEON
extern const struct kernels neon;
#endif

static uint32_t seed = 1;
static uint32_t draw(uint32_t below) {
  seed = seed * 1664525u + 1013904223u;
  return (uint32_t)(((uint64_t)seed * below) >> 32);
}
static float *values(size_t n) {
  // Exactly as long as it is said to be, so that a sanitizer sees a step beyond.
  float *made = malloc(n * sizeof(float));
  for (size_t i = 0; i < n; i++) made[i] = (float)draw(2000001) / 1000000.0f - 1.0f;
  return made;
}
static size_t smaller_of(size_t a, size_t b) { return a < b ? a : b; }

static int failures = 0, tried = 0;
static void hold(const char *what, const char *build, const float *got, const float *expected, size_t n, float tolerance) {
  tried++;
  for (size_t i = 0; i < n; i++) {
    if (fabsf(got[i] - expected[i]) <= tolerance) continue;
    failures++;
    fprintf(stderr, "%s, %s: value %zu of %zu is %.9g in place of %.9g\n", build, what, i, n, got[i], expected[i]);
    return;
  }
}

/** The sums of assembly/gemm.ts: one fused multiply-add for each term of a block, and the blocks added up. */
static void plain_product(const float *a, size_t ar, size_t ac, const float *b, size_t br, size_t bc, float *c, size_t M,
                          size_t N, size_t K, int add) {
  const size_t most = ac > 1 && ar == 1 && bc == 1 && M + N <= 280 ? 64 : 512, parts = (K + most - 1) / most;
  const size_t block = ((K + parts - 1) / parts + 1) & ~(size_t)1;
  for (size_t i = 0; i < M; i++)
    for (size_t j = 0; j < N; j++)
      for (size_t from = 0; from < K; from += block) {
        float sum = 0;
        for (size_t k = from; k < smaller_of(K, from + block); k++) sum = fmaf(a[i * ar + k * ac], b[k * br + j * bc], sum);
        c[i * N + j] = add || from > 0 ? c[i * N + j] + sum : sum;
      }
}

static void check_product(const struct kernels *kernels) {
  const size_t M = 1 + draw(draw(2) ? 70 : 300), N = 1 + draw(draw(2) ? 70 : 300), K = 1 + draw(draw(4) ? 90 : 1300);
  const int left = (int)draw(2), right = (int)draw(2), add = (int)draw(2);
  float *a = values(M * K), *b = values(K * N), *c = values(M * N), *expected = malloc(M * N * sizeof(float));
  for (size_t i = 0; i < M * N; i++) expected[i] = c[i];
  const size_t ar = left ? 1 : K, ac = left ? M : 1, br = right ? 1 : N, bc = right ? K : 1;
  kernels->gemm(a, ar, ac, b, br, bc, c, N, M, N, K, add);
  plain_product(a, ar, ac, b, br, bc, expected, M, N, K, add);
  hold("product", kernels->name, c, expected, M * N, 0);
  float *bias = values(N);
  if (!left && !right) {
    kernels->gemm_fused(a, b, c, M, N, K, bias, 1, 0);
    plain_product(a, K, 1, b, N, 1, expected, M, N, K, 0);
    for (size_t i = 0; i < M * N; i++) expected[i] = fmaxf(expected[i] + bias[i % N], 0);
    hold("product with bias and ReLU", kernels->name, c, expected, M * N, 0);
  }
  free(a), free(b), free(c), free(expected), free(bias);
}

enum way { FORWARD, INPUT, WEIGHT };
/** Each product of a convolution, added to the output, the gradient of the input or that of the weight, in double. */
static void plain_convolution(enum way way, const struct convolution *s, const float *x, const float *w, const float *dy,
                              double *to) {
  for (size_t n = 0; n < s->N; n++)
    for (size_t oh = 0; oh < s->OH; oh++)
      for (size_t ow = 0; ow < s->OW; ow++)
        for (ptrdiff_t kh = 0; kh < s->KH; kh++)
          for (ptrdiff_t kw = 0; kw < s->KW; kw++) {
            const ptrdiff_t h = (ptrdiff_t)oh * s->stride - s->top + kh, v = (ptrdiff_t)ow * s->stride - s->left + kw;
            if (h < 0 || h >= s->H || v < 0 || v >= s->W) continue;
            for (size_t c = 0; c < s->C; c++)
              for (size_t o = 0; o < s->Co; o++) {
                const size_t xi = ((n * (size_t)s->H + (size_t)h) * (size_t)s->W + (size_t)v) * s->C + c;
                const size_t wi = ((size_t)(kh * s->KW + kw) * s->C + c) * s->Co + o;
                const size_t yi = ((n * s->OH + oh) * s->OW + ow) * s->Co + o;
                if (way == FORWARD) to[yi] += (double)x[xi] * w[wi];
                else if (way == INPUT) to[xi] += (double)dy[yi] * w[wi];
                else to[wi] += (double)x[xi] * dy[yi];
              }
          }
}

static void check_convolution(const struct kernels *kernels) {
  const int winograd = (int)draw(2);
  struct convolution s = {.N = 1 + draw(3), .H = 2 + draw(11), .W = 2 + draw(11), .C = 1 + draw(18), .Co = 1 + draw(40)};
  s.KH = winograd ? 3 : 1 + draw(3);
  s.KW = winograd ? 3 : 1 + draw(3);
  s.stride = winograd ? 1 : 1 + draw(2);
  s.top = s.left = (ptrdiff_t)draw(2);
  if (winograd) s.C = (s.C + 3) & ~(size_t)3, s.Co = (s.Co + 3) & ~(size_t)3;
  const ptrdiff_t high = s.H + 2 * s.top - s.KH, broad = s.W + 2 * s.left - s.KW;
  if (high < 0 || broad < 0) return;
  s.OH = (size_t)(high / s.stride) + 1;
  s.OW = (size_t)(broad / s.stride) + 1;
  const size_t nx = s.N * (size_t)(s.H * s.W) * s.C, nw = (size_t)(s.KH * s.KW) * s.C * s.Co, ny = s.N * s.OH * s.OW * s.Co;
  float *x = values(nx), *w = values(nw), *dy = values(ny), *bias = values(s.Co);
  for (enum way way = FORWARD; way <= WEIGHT; way++) {
    const size_t n = way == FORWARD ? ny : way == INPUT ? nx : nw;
    if (winograd && way == INPUT) continue;
    float *got = values(n), *expected = malloc(n * sizeof(float));
    double *sums = calloc(n, sizeof(double));
    plain_convolution(way, &s, x, w, dy, sums);
    for (size_t i = 0; i < n; i++) expected[i] = (float)(sums[i] + (way == FORWARD ? bias[i % s.Co] : 0));
    if (way == FORWARD && winograd) kernels->winograd_forward(x, w, got, &s, 0, bias, 0, 0);
    else if (way == FORWARD) kernels->conv_forward(x, w, got, &s, bias, 0, 0);
    else if (way == INPUT) kernels->conv_input_gradient(dy, w, got, &s);
    else if (winograd) kernels->winograd_weight_gradient(x, dy, got, &s);
    else kernels->conv_weight_gradient(x, dy, got, &s);
    hold(winograd ? "Winograd" : "convolution", kernels->name, got, expected, n, 1e-3f);
    free(got), free(expected), free(sums);
  }
  if (winograd) {
    // The gradient of the input is the convolution with the turned weight, [3,3,Co,C].
    struct convolution t = s;
    t.H = (ptrdiff_t)s.OH, t.W = (ptrdiff_t)s.OW, t.C = s.Co, t.Co = s.C, t.OH = (size_t)s.H, t.OW = (size_t)s.W;
    t.top = 2 - s.top, t.left = 2 - s.left;
    float *got = values(nx), *expected = malloc(nx * sizeof(float));
    double *sums = calloc(nx, sizeof(double));
    plain_convolution(INPUT, &s, x, w, dy, sums);
    for (size_t i = 0; i < nx; i++) expected[i] = (float)sums[i];
    kernels->winograd_forward(dy, w, got, &t, 1, 0, 0, 0);
    hold("gradient of the input by Winograd", kernels->name, got, expected, nx, 1e-3f);
    free(got), free(expected), free(sums);
  }
  free(x), free(w), free(dy), free(bias);
}

static void check(const struct kernels *kernels) {
  const int before = tried;
  for (int i = 0; i < 150; i++) check_product(kernels);
  for (int i = 0; i < 60; i++) check_convolution(kernels);
  kernels->free_memory();
  printf("%s: %d results compared\n", kernels->name, tried - before);
}

int main(void) {
#ifdef HAS_AVX512
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq")) check(&avx512);
  else printf("avx512: skipped, this processor has none\n");
#endif
#ifdef HAS_AVX2
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) check(&avx2);
  else printf("avx2: skipped, this processor has none\n");
#endif
#ifdef HAS_NEON
  check(&neon);
#endif
  if (failures) printf("%d of %d differ\n", failures, tried);
  return failures > 0;
}

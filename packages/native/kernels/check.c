// Holds a build of the kernels to plain loops over generated shapes: the products bit by bit (the order of their sums is
// given), all else to sums in double. Run under sanitizers, and for other processors in an emulator.
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
/**
 * Each product of a convolution, added to the output, the gradient of the input or that of the weight, in double. With a
 * filter for each channel the weight is [KH,KW,C].
 */
static void plain_convolution(enum way way, int depthwise, const struct convolution *s, const float *x, const float *w,
                              const float *dy, double *to) {
  for (size_t n = 0; n < s->N; n++)
    for (size_t oh = 0; oh < s->OH; oh++)
      for (size_t ow = 0; ow < s->OW; ow++)
        for (ptrdiff_t kh = 0; kh < s->KH; kh++)
          for (ptrdiff_t kw = 0; kw < s->KW; kw++) {
            const ptrdiff_t h = (ptrdiff_t)oh * s->stride - s->top + kh, v = (ptrdiff_t)ow * s->stride - s->left + kw;
            if (h < 0 || h >= s->H || v < 0 || v >= s->W) continue;
            for (size_t c = 0; c < s->C; c++)
              for (size_t o = depthwise ? c : 0; o < (depthwise ? c + 1 : s->Co); o++) {
                const size_t xi = ((n * (size_t)s->H + (size_t)h) * (size_t)s->W + (size_t)v) * s->C + c;
                const size_t filter = (size_t)(kh * s->KW + kw) * s->C + c, wi = depthwise ? filter : filter * s->Co + o;
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
    plain_convolution(way, 0, &s, x, w, dy, sums);
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
    plain_convolution(INPUT, 0, &s, x, w, dy, sums);
    for (size_t i = 0; i < nx; i++) expected[i] = (float)sums[i];
    kernels->winograd_forward(dy, w, got, &t, 1, 0, 0, 0);
    hold("gradient of the input by Winograd", kernels->name, got, expected, nx, 1e-3f);
    free(got), free(expected), free(sums);
  }
  free(x), free(w), free(dy), free(bias);
}

static void check_depthwise(const struct kernels *kernels) {
  struct convolution s = {.N = 1 + draw(3), .H = 1 + draw(12), .W = 1 + draw(12), .C = 1 + draw(70)};
  s.Co = s.C;
  s.KH = s.KW = draw(3) ? 3 + 2 * (ptrdiff_t)draw(2) : 1 + draw(3);
  s.stride = 1 + draw(2);
  s.top = (ptrdiff_t)draw((uint32_t)s.KH), s.left = (ptrdiff_t)draw((uint32_t)s.KW);
  const ptrdiff_t high = s.H + 2 * s.top - s.KH, broad = s.W + 2 * s.left - s.KW;
  if (high < 0 || broad < 0) return;
  s.OH = (size_t)(high / s.stride) + 1;
  s.OW = (size_t)(broad / s.stride) + 1;
  const size_t C = s.C, taps = (size_t)(s.KH * s.KW);
  const size_t nx = s.N * (size_t)(s.H * s.W) * C, ny = s.N * s.OH * s.OW * C;
  float *x = values(nx), *w = values(taps * C), *dy = values(ny), *bias = values(C);
  for (enum way way = FORWARD; way <= WEIGHT; way++) {
    const size_t n = way == FORWARD ? ny : way == INPUT ? nx : taps * C;
    float *got = values(n), *expected = malloc(n * sizeof(float));
    double *sums = calloc(n, sizeof(double));
    plain_convolution(way, 1, &s, x, w, dy, sums);
    for (size_t i = 0; i < n; i++) expected[i] = (float)(sums[i] + (way == FORWARD ? bias[i % C] : 0));
    if (way == FORWARD) kernels->depthwise_forward(x, w, got, &s, bias, 0, 0);
    else if (way == INPUT) kernels->depthwise_input_gradient(dy, w, got, &s);
    else kernels->depthwise_weight_gradient(x, dy, got, &s);
    hold("depthwise convolution", kernels->name, got, expected, n, 1e-3f);
    free(got), free(expected), free(sums);
  }
  free(x), free(w), free(dy), free(bias);
}

/** y = gamma (x - mean)/sqrt(variance + epsilon) + beta, then ReLU; and its gradients (Ioffe and Szegedy, 2015). */
static void check_batch_norm(const struct kernels *kernels) {
  const size_t R = 2 + draw(draw(2) ? 40 : 700), C = 1 + draw(90), n = R * C;
  const double epsilon = 1e-3;
  float *x = values(n), *dy = values(n), *gamma = values(C), *beta = values(C);
  float *y = values(n), *dx = values(n), *mean = values(C), *variance = values(C), *d_gamma = values(C), *d_beta = values(C);
  float *e_y = malloc(n * sizeof(float)), *e_dx = malloc(n * sizeof(float)), *e_gamma = malloc(C * sizeof(float)),
        *e_beta = malloc(C * sizeof(float));
  kernels->batch_norm(x, gamma, beta, y, mean, variance, R, C, epsilon, 1, 0);
  for (size_t c = 0; c < C; c++) {
    double m = 0, v = 0, sum = 0, dot = 0;
    for (size_t r = 0; r < R; r++) m += x[r * C + c] / (double)R;
    for (size_t r = 0; r < R; r++) v += (x[r * C + c] - m) * (x[r * C + c] - m) / (double)R;
    const double inverse = 1 / sqrt(v + epsilon);
    for (size_t r = 0; r < R; r++) {
      const size_t i = r * C + c;
      const double z = gamma[c] * (x[i] - m) * inverse + beta[c];
      // Close to ReLU's corner rounding decides: no gradient there.
      if (fabs(z) < 1e-5) dy[i] = 0;
      e_y[i] = (float)(z > 0 ? z : 0);
      if (z > 0) sum += dy[i], dot += dy[i] * (x[i] - m) * inverse;
    }
    for (size_t r = 0; r < R; r++) {
      const size_t i = r * C + c;
      const double dz = e_y[i] > 0 ? dy[i] : 0;
      e_dx[i] = (float)(gamma[c] * inverse * (dz - sum / (double)R - (x[i] - m) * inverse * dot / (double)R));
    }
    e_beta[c] = (float)sum, e_gamma[c] = (float)dot;
  }
  kernels->batch_norm_gradient(x, dy, gamma, beta, mean, variance, dx, d_gamma, d_beta, R, C, epsilon, 1, 0);
  hold("batch norm", kernels->name, y, e_y, n, 1e-4f);
  hold("gradient of batch norm", kernels->name, dx, e_dx, n, 1e-3f);
  hold("gradient of gamma", kernels->name, d_gamma, e_gamma, C, 1e-3f);
  hold("gradient of beta", kernels->name, d_beta, e_beta, C, 1e-3f);
  free(x), free(dy), free(gamma), free(beta), free(y), free(dx), free(mean), free(variance), free(d_gamma), free(d_beta);
  free(e_y), free(e_dx), free(e_gamma), free(e_beta);
}

/** softmax(scale q kT) v of each head, without dropout, and its gradients (Vaswani et al., 2017, eq. 1). */
static void check_attention(const struct kernels *kernels) {
  struct attention s = {.B = 1 + draw(2), .Tq = 1 + draw(24), .Tk = 1 + draw(24), .heads = 1 + draw(3), .d = 1 + draw(20),
                        .scale = 0.5f, .factor = 1};
  const size_t D = s.heads * s.d, nq = s.B * s.Tq * D, nk = s.B * s.Tk * D;
  s.qs = s.ks = D;
  float *q = values(nq), *k = values(nk), *v = values(nk), *dy = values(nq), *y = values(nq), *dq = values(nq),
        *dk = values(nk), *dv = values(nk);
  double *sums[4] = {calloc(nq, sizeof(double)), calloc(nq, sizeof(double)), calloc(nk, sizeof(double)),
                     calloc(nk, sizeof(double))};
  double *p = malloc(s.Tk * sizeof(double)), *dp = malloc(s.Tk * sizeof(double));
  for (size_t b = 0; b < s.B; b++)
    for (size_t h = 0; h < s.heads; h++)
      for (size_t i = 0; i < s.Tq; i++) {
        const size_t query = (b * s.Tq + i) * D + h * s.d;
        double total = 0, mean = 0;
        for (size_t j = 0; j < s.Tk; j++) {
          const size_t key = (b * s.Tk + j) * D + h * s.d;
          p[j] = dp[j] = 0;
          for (size_t f = 0; f < s.d; f++) p[j] += (double)q[query + f] * k[key + f], dp[j] += (double)dy[query + f] * v[key + f];
          total += p[j] = exp(s.scale * p[j]);
        }
        for (size_t j = 0; j < s.Tk; j++) p[j] /= total, mean += p[j] * dp[j];
        for (size_t j = 0; j < s.Tk; j++) {
          const size_t key = (b * s.Tk + j) * D + h * s.d;
          const double slope = s.scale * p[j] * (dp[j] - mean);
          for (size_t f = 0; f < s.d; f++) {
            sums[0][query + f] += p[j] * v[key + f];
            sums[1][query + f] += slope * k[key + f];
            sums[2][key + f] += slope * q[query + f];
            sums[3][key + f] += p[j] * dy[query + f];
          }
        }
      }
  kernels->attention_forward(q, k, v, y, &s);
  kernels->attention_gradient(q, k, v, dy, dq, dk, dv, &s);
  const float *const got[4] = {y, dq, dk, dv};
  static const char *const names[4] = {"attention", "gradient of queries", "gradient of keys", "gradient of values"};
  for (int part = 0; part < 4; part++) {
    const size_t n = part < 2 ? nq : nk;
    float *expected = malloc(n * sizeof(float));
    for (size_t i = 0; i < n; i++) expected[i] = (float)sums[part][i];
    hold(names[part], kernels->name, got[part], expected, n, 1e-4f);
    free(expected), free(sums[part]);
  }
  free(q), free(k), free(v), free(dy), free(y), free(dq), free(dk), free(dv), free(p), free(dp);
}

static void check(const struct kernels *kernels) {
  const int before = tried;
  for (int i = 0; i < 150; i++) check_product(kernels);
  for (int i = 0; i < 60; i++) check_convolution(kernels);
  for (int i = 0; i < 60; i++) check_depthwise(kernels);
  for (int i = 0; i < 40; i++) check_batch_norm(kernels);
  for (int i = 0; i < 40; i++) check_attention(kernels);
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

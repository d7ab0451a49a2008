// What a processor's build of the kernels offers. Addresses are of floats; sizes and strides count floats. The functions and
// their arguments are those of the engine's WebAssembly module of the same names (packages/engine/assembly).
// Those that answer give 0 when there is no memory for what they pack.
#pragma once
#include <stddef.h>
#include <stdint.h>

struct convolution {
  size_t N;
  ptrdiff_t H, W;
  size_t C;
  ptrdiff_t KH, KW, stride, top, left;
  size_t OH, OW, Co;
};

/** q and dq have rows `qs` apart, k, v and their gradients `ks`, y and dy heads*d. */
struct attention {
  size_t qs, ks, B, Tq, Tk, heads, d;
  float scale;
  uint32_t seed, threshold;
  /** 1/(1 - rate) */
  float factor;
};

struct kernels {
  const char *name;
  /** Floats of a vector. */
  int width;
  /** Activations known, numbered from 0. */
  int activations;
  int (*gemm)(const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column, float *c,
              size_t c_row, size_t M, size_t N, size_t K, int add);
  int (*gemm_fused)(const float *a, const float *b, float *c, size_t M, size_t N, size_t K, const float *bias,
                    int activation, float slope);
  /** `bias` may be 0. */
  int (*conv_forward)(const float *x, const float *w, float *y, const struct convolution *shape, const float *bias,
                      int activation, float slope);
  int (*conv_input_gradient)(const float *dy, const float *w, float *dx, const struct convolution *shape);
  int (*conv_weight_gradient)(const float *x, const float *dy, float *dw, const struct convolution *shape);
  int (*winograd_forward)(const float *x, const float *w, float *y, const struct convolution *shape, int flip,
                          const float *bias, int activation, float slope);
  int (*winograd_weight_gradient)(const float *x, const float *dy, float *dw, const struct convolution *shape);
  /** Of depthwise convolutions C is all channels, and Co the same. */
  int (*depthwise_forward)(const float *x, const float *w, float *y, const struct convolution *shape, const float *bias,
                           int activation, float slope);
  int (*depthwise_input_gradient)(const float *dy, const float *w, float *dx, const struct convolution *shape);
  int (*depthwise_weight_gradient)(const float *x, const float *dy, float *dw, const struct convolution *shape);
  int (*batch_norm)(const float *x, const float *gamma, const float *beta, float *y, float *mean, float *variance, size_t R,
                    size_t C, double epsilon, int activation, float slope);
  int (*batch_norm_gradient)(const float *x, const float *dy, const float *gamma, const float *beta, const float *mean,
                             const float *variance, float *dx, float *d_gamma, float *d_beta, size_t R, size_t C,
                             double epsilon, int activation, float slope);
  int (*attention_forward)(const float *q, const float *k, const float *v, float *y, const struct attention *shape);
  int (*attention_gradient)(const float *q, const float *k, const float *v, const float *dy, float *dq, float *dk,
                            float *dv, const struct attention *shape);
  int (*activate)(const float *x, float *y, size_t n, int activation, float slope);
  int (*activate_gradient)(const float *x, const float *dy, float *dx, size_t n, int activation, float slope);
  /** Frees the working memory of the calling thread. */
  void (*free_memory)(void);
};

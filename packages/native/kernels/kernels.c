// All kernels in one unit, which the build compiles once for each instruction set: -DKERNELS=name of the table below.
#include "kernels.h"
#include "memory.c"
#include "activation.c"
#include "tile.c"
#include "product.c"
#include "convolution.c"
#include "winograd.c"
#include "depthwise.c"
#include "batch_norm.c"
#include "attention.c"

static int gemm(const float *a, size_t a_row, size_t a_column, const float *b, size_t b_row, size_t b_column, float *c,
                size_t c_row, size_t M, size_t N, size_t K, int add) {
  return product((struct matrix){a, a_row, a_column}, (struct matrix){b, b_row, b_column}, c, c_row, M, N, K, add,
                 (struct after){0});
}

static int gemm_fused(const float *a, const float *b, float *c, size_t M, size_t N, size_t K, const float *bias,
                      int activation, float slope) {
  return product((struct matrix){a, K, 1}, (struct matrix){b, N, 1}, c, N, M, N, K, 0,
                 (struct after){bias, activation, slope});
}

#define TEXT(x) #x
#define NAME_OF(x) TEXT(x)
const struct kernels KERNELS = {
    .name = NAME_OF(KERNELS),
    .width = VW,
    .activations = ACTIVATIONS,
    .gemm = gemm,
    .gemm_fused = gemm_fused,
    .conv_forward = conv_forward,
    .conv_input_gradient = conv_input_gradient,
    .conv_weight_gradient = conv_weight_gradient,
    .winograd_forward = winograd_forward,
    .winograd_weight_gradient = winograd_weight_gradient,
    .depthwise_forward = depthwise_forward,
    .depthwise_input_gradient = depthwise_input_gradient,
    .depthwise_weight_gradient = depthwise_weight_gradient,
    .batch_norm = batch_norm,
    .batch_norm_gradient = batch_norm_gradient,
    .attention_forward = attention_forward,
    .attention_gradient = attention_gradient,
    .activate = activate,
    .activate_gradient = activate_gradient,
    .free_memory = free_memory,
};

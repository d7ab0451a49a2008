// The door to Node: chooses the build of the kernels for this processor, and hands calls on to it. A call names places as
// byte offsets into an ArrayBuffer, which is the memory of the WebAssembly engine; each is checked against its size.
#include <node_api.h>
#include <stdint.h>
#include "kernels.h"
#include "pages.h"

#if defined(__x86_64__) || defined(_M_X64)
extern const struct kernels avx512, avx2;
static const struct kernels *const BUILDS[] = {&avx512, &avx2};
static int runs(const struct kernels *build) {
  __builtin_cpu_init();
  const int fma = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  if (build == &avx2) return fma;
  return fma && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq");
}
#else
extern const struct kernels neon;
static const struct kernels *const BUILDS[] = {&neon};
static int runs(const struct kernels *build) {
  (void)build;
  return 1;
}
#endif
#define COUNT(list) (sizeof(list) / sizeof((list)[0]))

/** What a kernel answers. */
enum status { DONE, NO_MEMORY, OUT_OF_BOUNDS, BAD_CALL };

#define MOST 24
struct call {
  const struct kernels *build;
  uint8_t *memory;
  size_t bytes;
  double value[MOST];
  enum status status;
};

/** Asks for large pages when a memory is seen for the first time, or has grown. */
static void note_memory(void *memory, size_t bytes) {
  static _Thread_local void *seen = 0;
  static _Thread_local size_t seen_bytes = 0;
  if (memory == seen && bytes == seen_bytes) return;
  prefer_large_pages(memory, bytes);
  seen = memory;
  seen_bytes = bytes;
}

/** Reads the memory and `count` numbers. */
static struct call read_call(napi_env env, napi_callback_info info, size_t count) {
  struct call call = {.status = BAD_CALL};
  napi_value given[MOST + 1];
  size_t n = count + 1;
  void *memory = 0, *build = 0;
  if (napi_get_cb_info(env, info, &n, given, 0, &build) != napi_ok || n != count + 1) return call;
  if (napi_get_arraybuffer_info(env, given[0], &memory, &call.bytes) != napi_ok) return call;
  for (size_t i = 0; i < count; i++)
    if (napi_get_value_double(env, given[i + 1], &call.value[i]) != napi_ok) return call;
  note_memory(memory, call.bytes);
  call.build = build;
  call.memory = memory;
  call.status = DONE;
  return call;
}

static size_t size_at(const struct call *call, int i) { return (size_t)call->value[i]; }

/** The place that value `i` names, for so many floats. */
static float *floats_at(struct call *call, int i, double floats) {
  const double from = call->value[i], end = from + 4 * floats;
  if (!(from >= 0 && floats >= 0 && end <= (double)call->bytes)) {
    if (call->status == DONE) call->status = OUT_OF_BOUNDS;
    return 0;
  }
  return (float *)(call->memory + (size_t)from);
}

/** The floats from the first to the last value of a matrix. */
static double span(double rows, double row, double columns, double column) {
  return (rows - 1) * row + (columns - 1) * column + 1;
}

static napi_value answer(napi_env env, enum status status) {
  napi_value result = 0;
  napi_create_int32(env, status, &result);
  return result;
}

/** `run` when all places lie inside. */
#define FINISH(call, run)                                             \
  do {                                                                \
    if ((call).status == DONE && !(run)) (call).status = NO_MEMORY;   \
    return answer(env, (call).status);                                \
  } while (0)

#define V call.value
static napi_value gemm(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 13);
  const double M = V[8], N = V[9], K = V[10];
  const float *a = floats_at(&call, 0, span(M, V[1], K, V[2])), *b = floats_at(&call, 3, span(K, V[4], N, V[5]));
  float *c = floats_at(&call, 6, span(M, V[7], N, 1));
  FINISH(call, call.build->gemm(a, size_at(&call, 1), size_at(&call, 2), b, size_at(&call, 4), size_at(&call, 5), c,
                                size_at(&call, 7), (size_t)M, (size_t)N, (size_t)K, V[11] != 0));
}

static napi_value gemm_fused(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 10);
  const double M = V[3], N = V[4], K = V[5];
  const float *a = floats_at(&call, 0, M * K), *b = floats_at(&call, 1, K * N), *bias = floats_at(&call, 6, N);
  float *c = floats_at(&call, 2, M * N);
  FINISH(call, call.build->gemm_fused(a, b, c, (size_t)M, (size_t)N, (size_t)K, bias, (int)V[7], (float)V[8]));
}

static napi_value mat_mul(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 16);
  const double last = V[0] - 1, M = V[12], N = V[13], K = V[14];
  const float *a = floats_at(&call, 1, last * V[2] + span(M, V[3], K, V[4]));
  const float *b = floats_at(&call, 5, last * V[6] + span(K, V[7], N, V[8]));
  float *c = floats_at(&call, 9, last * V[10] + span(M, V[11], N, 1));
  for (size_t i = 0; call.status == DONE && i < size_at(&call, 0); i++) {
    if (!call.build->gemm(a + i * size_at(&call, 2), size_at(&call, 3), size_at(&call, 4), b + i * size_at(&call, 6),
                          size_at(&call, 7), size_at(&call, 8), c + i * size_at(&call, 10), size_at(&call, 11), (size_t)M,
                          (size_t)N, (size_t)K, 0))
      call.status = NO_MEMORY;
  }
  return answer(env, call.status);
}

/** N, H, W, C, KH, KW, S, top, left, OH, OW and Co from value 3 on; without KH, KW and S where `winograd`. */
static struct convolution convolution_of(const struct call *call, int winograd) {
  const double *v = call->value + 3, *w = winograd ? v + 4 : v + 7;
  struct convolution s = {.N = (size_t)v[0], .H = (ptrdiff_t)v[1], .W = (ptrdiff_t)v[2], .C = (size_t)v[3]};
  s.KH = winograd ? 3 : (ptrdiff_t)v[4];
  s.KW = winograd ? 3 : (ptrdiff_t)v[5];
  s.stride = winograd ? 1 : (ptrdiff_t)v[6];
  s.top = (ptrdiff_t)w[0];
  s.left = (ptrdiff_t)w[1];
  s.OH = (size_t)w[2];
  s.OW = (size_t)w[3];
  s.Co = (size_t)w[4];
  return s;
}
static double inputs(const struct convolution *s) { return (double)s->N * (double)s->H * (double)s->W * (double)s->C; }
static double weights(const struct convolution *s) {
  return (double)s->KH * (double)s->KW * (double)s->C * (double)s->Co;
}
static double outputs(const struct convolution *s) {
  return (double)s->N * (double)s->OH * (double)s->OW * (double)s->Co;
}
/** A bias at value `i`, or none where that is 0. */
static const float *bias_at(struct call *call, int i, const struct convolution *s) {
  return call->value[i] == 0 ? 0 : floats_at(call, i, (double)s->Co);
}

static napi_value conv_forward(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 19);
  const struct convolution s = convolution_of(&call, 0);
  const float *x = floats_at(&call, 0, inputs(&s)), *w = floats_at(&call, 1, weights(&s)), *bias = bias_at(&call, 15, &s);
  float *y = floats_at(&call, 2, outputs(&s));
  FINISH(call, call.build->conv_forward(x, w, y, &s, bias, (int)V[16], (float)V[17]));
}

static napi_value conv_input_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 16);
  const struct convolution s = convolution_of(&call, 0);
  const float *dy = floats_at(&call, 0, outputs(&s)), *w = floats_at(&call, 1, weights(&s));
  float *dx = floats_at(&call, 2, inputs(&s));
  FINISH(call, call.build->conv_input_gradient(dy, w, dx, &s));
}

static napi_value conv_weight_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 16);
  const struct convolution s = convolution_of(&call, 0);
  const float *x = floats_at(&call, 0, inputs(&s)), *dy = floats_at(&call, 1, outputs(&s));
  float *dw = floats_at(&call, 2, weights(&s));
  FINISH(call, call.build->conv_weight_gradient(x, dy, dw, &s));
}

static napi_value winograd_forward(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 17);
  const struct convolution s = convolution_of(&call, 1);
  const float *x = floats_at(&call, 0, inputs(&s)), *w = floats_at(&call, 1, weights(&s)), *bias = bias_at(&call, 13, &s);
  float *y = floats_at(&call, 2, outputs(&s));
  FINISH(call, call.build->winograd_forward(x, w, y, &s, V[12] != 0, bias, (int)V[14], (float)V[15]));
}

static napi_value winograd_weight_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 13);
  const struct convolution s = convolution_of(&call, 1);
  const float *x = floats_at(&call, 0, inputs(&s)), *dy = floats_at(&call, 1, outputs(&s));
  float *dw = floats_at(&call, 2, weights(&s));
  FINISH(call, call.build->winograd_weight_gradient(x, dy, dw, &s));
}

/** N, H, W, C, KH, KW, S, top, left, OH and OW from value 3 on. */
static struct convolution depthwise_of(const struct call *call) {
  struct call all = *call;
  all.value[14] = call->value[6];
  return convolution_of(&all, 0);
}
static double taps(const struct convolution *s) { return (double)s->KH * (double)s->KW * (double)s->C; }

static napi_value depthwise_forward(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 18);
  const struct convolution s = depthwise_of(&call);
  const float *x = floats_at(&call, 0, inputs(&s)), *w = floats_at(&call, 1, taps(&s)), *bias = bias_at(&call, 14, &s);
  float *y = floats_at(&call, 2, outputs(&s));
  FINISH(call, call.build->depthwise_forward(x, w, y, &s, bias, (int)V[15], (float)V[16]));
}

static napi_value depthwise_input_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 15);
  const struct convolution s = depthwise_of(&call);
  const float *dy = floats_at(&call, 0, outputs(&s)), *w = floats_at(&call, 1, taps(&s));
  float *dx = floats_at(&call, 2, inputs(&s));
  FINISH(call, call.build->depthwise_input_gradient(dy, w, dx, &s));
}

static napi_value depthwise_weight_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 15);
  const struct convolution s = depthwise_of(&call);
  const float *x = floats_at(&call, 0, inputs(&s)), *dy = floats_at(&call, 1, outputs(&s));
  float *dw = floats_at(&call, 2, taps(&s));
  FINISH(call, call.build->depthwise_weight_gradient(x, dy, dw, &s));
}

static napi_value batch_norm(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 12);
  const double all = V[6] * V[7], C = V[7];
  const float *x = floats_at(&call, 0, all), *gamma = floats_at(&call, 1, C), *beta = floats_at(&call, 2, C);
  float *y = floats_at(&call, 3, all), *mean = floats_at(&call, 4, C), *variance = floats_at(&call, 5, C);
  FINISH(call, call.build->batch_norm(x, gamma, beta, y, mean, variance, size_at(&call, 6), (size_t)C, V[8], (int)V[9],
                                      (float)V[10]));
}

static napi_value batch_norm_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 15);
  const double all = V[9] * V[10], C = V[10];
  const float *x = floats_at(&call, 0, all), *dy = floats_at(&call, 1, all), *gamma = floats_at(&call, 2, C);
  const float *beta = floats_at(&call, 3, C), *mean = floats_at(&call, 4, C), *variance = floats_at(&call, 5, C);
  float *dx = floats_at(&call, 6, all), *d_gamma = floats_at(&call, 7, C), *d_beta = floats_at(&call, 8, C);
  FINISH(call, call.build->batch_norm_gradient(x, dy, gamma, beta, mean, variance, dx, d_gamma, d_beta, size_at(&call, 9),
                                               (size_t)C, V[11], (int)V[12], (float)V[13]));
}

/** qs, ks, B, Tq, Tk, heads, d, scale, seed, threshold and factor from value `i` on. */
static struct attention attention_of(const struct call *call, int i) {
  const double *v = call->value + i;
  return (struct attention){(size_t)v[0], (size_t)v[1], (size_t)v[2], (size_t)v[3], (size_t)v[4],
                            (size_t)v[5], (size_t)v[6], (float)v[7], (uint32_t)(int64_t)v[8],
                            (uint32_t)(int64_t)v[9], (float)v[10]};
}
static double queries(const struct attention *s) {
  return span((double)s->B * (double)s->Tq, (double)s->qs, (double)s->heads * (double)s->d, 1);
}
static double keys(const struct attention *s) {
  return span((double)s->B * (double)s->Tk, (double)s->ks, (double)s->heads * (double)s->d, 1);
}
static double attended(const struct attention *s) {
  return (double)s->B * (double)s->Tq * (double)s->heads * (double)s->d;
}

static napi_value attention_forward(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 16);
  const struct attention s = attention_of(&call, 4);
  const float *q = floats_at(&call, 0, queries(&s)), *k = floats_at(&call, 1, keys(&s));
  const float *v = floats_at(&call, 2, keys(&s));
  float *y = floats_at(&call, 3, attended(&s));
  FINISH(call, call.build->attention_forward(q, k, v, y, &s));
}

static napi_value attention_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 19);
  const struct attention s = attention_of(&call, 7);
  const float *q = floats_at(&call, 0, queries(&s)), *k = floats_at(&call, 1, keys(&s));
  const float *v = floats_at(&call, 2, keys(&s)), *dy = floats_at(&call, 3, attended(&s));
  float *dq = floats_at(&call, 4, queries(&s)), *dk = floats_at(&call, 5, keys(&s)), *dv = floats_at(&call, 6, keys(&s));
  FINISH(call, call.build->attention_gradient(q, k, v, dy, dq, dk, dv, &s));
}

static napi_value activate(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 5);
  const float *x = floats_at(&call, 0, V[2]);
  float *y = floats_at(&call, 1, V[2]);
  FINISH(call, call.build->activate(x, y, size_at(&call, 2), (int)V[3], (float)V[4]));
}

static napi_value activate_gradient(napi_env env, napi_callback_info info) {
  struct call call = read_call(env, info, 6);
  const float *x = floats_at(&call, 0, V[3]), *dy = floats_at(&call, 1, V[3]);
  float *dx = floats_at(&call, 2, V[3]);
  FINISH(call, call.build->activate_gradient(x, dy, dx, size_at(&call, 3), (int)V[4], (float)V[5]));
}
#undef V

static const struct {
  const char *name;
  napi_callback callback;
} FUNCTIONS[] = {
    {"gemm", gemm},
    {"gemmFused", gemm_fused},
    {"matMul", mat_mul},
    {"convForward", conv_forward},
    {"convInputGradient", conv_input_gradient},
    {"convWeightGradient", conv_weight_gradient},
    {"winogradForward", winograd_forward},
    {"winogradWeightGradient", winograd_weight_gradient},
    {"depthwiseForward", depthwise_forward},
    {"depthwiseInputGradient", depthwise_input_gradient},
    {"depthwiseWeightGradient", depthwise_weight_gradient},
    {"batchNorm", batch_norm},
    {"batchNormGradient", batch_norm_gradient},
    {"attentionForward", attention_forward},
    {"attentionGradient", attention_gradient},
    {"activate", activate},
    {"activateGradient", activate_gradient},
};

/** Frees what the kernels keep for this thread, when its environment ends. Nothing runs after it, however often they were loaded. */
static void leave(napi_env env, void *data, void *hint) {
  (void)env, (void)data, (void)hint;
  for (size_t i = 0; i < COUNT(BUILDS); i++) BUILDS[i]->free_memory();
}

/** The builds that run on this processor, the best one first: { name, width, activations, functions }. */
NAPI_MODULE_INIT() {
  napi_value builds;
  if (napi_create_array(env, &builds) != napi_ok) return 0;
  uint32_t found = 0;
  for (size_t i = 0; i < COUNT(BUILDS); i++) {
    const struct kernels *build = BUILDS[i];
    if (!runs(build)) continue;
    napi_value object, name, width, activations, functions;
    napi_create_object(env, &object);
    napi_create_object(env, &functions);
    napi_create_string_utf8(env, build->name, NAPI_AUTO_LENGTH, &name);
    napi_create_int32(env, build->width, &width);
    napi_create_int32(env, build->activations, &activations);
    for (size_t k = 0; k < COUNT(FUNCTIONS); k++) {
      napi_value function;
      napi_create_function(env, FUNCTIONS[k].name, NAPI_AUTO_LENGTH, FUNCTIONS[k].callback, (void *)build, &function);
      napi_set_named_property(env, functions, FUNCTIONS[k].name, function);
    }
    napi_set_named_property(env, object, "name", name);
    napi_set_named_property(env, object, "width", width);
    napi_set_named_property(env, object, "activations", activations);
    napi_set_named_property(env, object, "functions", functions);
    napi_set_element(env, builds, found++, object);
  }
  napi_set_instance_data(env, 0, leave, 0);
  napi_set_named_property(env, exports, "builds", builds);
  return exports;
}

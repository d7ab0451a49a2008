// Vectors of the instruction set that this file is compiled for. Every operation works lane by lane and rounds as
// WebAssembly does, so results do not depend on the width. `fused` rounds once, as relaxed SIMD does here.
#pragma once
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define INLINE static inline __attribute__((always_inline))

#if defined(__AVX512F__)
#include <immintrin.h>
#define VW 16
/** Most vectors side by side in a tile of a product, and the rows that the registers leave room for with so many. */
#define TILE_VECTORS 4
#define TILE_ROWS(vectors) ((vectors) < 3 ? 12 : (vectors) == 3 ? 8 : 6)
typedef __m512 vf;
INLINE vf load(const float *p) { return _mm512_loadu_ps(p); }
INLINE void store(float *p, vf v) { _mm512_storeu_ps(p, v); }
INLINE vf splat(float x) { return _mm512_set1_ps(x); }
INLINE vf fused(vf a, vf b, vf c) { return _mm512_fmadd_ps(a, b, c); }
/** n lanes, 1 to VW; the others are 0. */
INLINE vf load_part(const float *p, size_t n) { return _mm512_maskz_loadu_ps((__mmask16)((1u << n) - 1), p); }
INLINE void store_part(float *p, vf v, size_t n) { _mm512_mask_storeu_ps(p, (__mmask16)((1u << n) - 1), v); }
INLINE vf magnitude(vf v) { return _mm512_abs_ps(v); }
/** b < a ? b : a and a < b ? b : a, as WebAssembly's pmin and pmax. */
INLINE vf least(vf a, vf b) { return _mm512_min_ps(b, a); }
INLINE vf most(vf a, vf b) { return _mm512_max_ps(b, a); }
/** a > b ? x : y */
INLINE vf if_above(vf a, vf b, vf x, vf y) {
  return _mm512_mask_blend_ps(_mm512_cmp_ps_mask(a, b, _CMP_GT_OQ), y, x);
}
/** v * 2^n, where the low bits of n's representation hold the whole number n. */
INLINE vf times_power(vf v, vf n) {
  const __m512i bits = _mm512_add_epi32(_mm512_castps_si512(n), _mm512_set1_epi32(127));
  return v * _mm512_castsi512_ps(_mm512_slli_epi32(bits, 23));
}
#elif defined(__AVX2__)
#include <immintrin.h>
#define VW 8
#define TILE_VECTORS 3
#define TILE_ROWS(vectors) ((vectors) == 1 ? 12 : (vectors) == 2 ? 6 : 4)
typedef __m256 vf;
INLINE vf load(const float *p) { return _mm256_loadu_ps(p); }
INLINE void store(float *p, vf v) { _mm256_storeu_ps(p, v); }
INLINE vf splat(float x) { return _mm256_set1_ps(x); }
INLINE vf fused(vf a, vf b, vf c) { return _mm256_fmadd_ps(a, b, c); }
static const int32_t LANES[16] = {-1, -1, -1, -1, -1, -1, -1, -1, 0, 0, 0, 0, 0, 0, 0, 0};
INLINE __m256i lanes(size_t n) { return _mm256_loadu_si256((const __m256i *)(LANES + 8 - n)); }
INLINE vf load_part(const float *p, size_t n) { return _mm256_maskload_ps(p, lanes(n)); }
INLINE void store_part(float *p, vf v, size_t n) { _mm256_maskstore_ps(p, lanes(n), v); }
INLINE vf magnitude(vf v) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), v); }
INLINE vf least(vf a, vf b) { return _mm256_min_ps(b, a); }
INLINE vf most(vf a, vf b) { return _mm256_max_ps(b, a); }
INLINE vf if_above(vf a, vf b, vf x, vf y) { return _mm256_blendv_ps(y, x, _mm256_cmp_ps(a, b, _CMP_GT_OQ)); }
INLINE vf times_power(vf v, vf n) {
  const __m256i bits = _mm256_add_epi32(_mm256_castps_si256(n), _mm256_set1_epi32(127));
  return v * _mm256_castsi256_ps(_mm256_slli_epi32(bits, 23));
}
#elif defined(__aarch64__)
#include <arm_neon.h>
#define VW 4
#define TILE_VECTORS 4
#define TILE_ROWS(vectors) ((vectors) < 3 ? 12 : (vectors) == 3 ? 8 : 6)
typedef float32x4_t vf;
INLINE vf load(const float *p) { return vld1q_f32(p); }
INLINE void store(float *p, vf v) { vst1q_f32(p, v); }
INLINE vf splat(float x) { return vdupq_n_f32(x); }
INLINE vf fused(vf a, vf b, vf c) { return vfmaq_f32(c, a, b); }
INLINE vf load_part(const float *p, size_t n) {
  float lanes[4] = {0};
  for (size_t i = 0; i < n; i++) lanes[i] = p[i];
  return vld1q_f32(lanes);
}
INLINE void store_part(float *p, vf v, size_t n) {
  float lanes[4];
  vst1q_f32(lanes, v);
  for (size_t i = 0; i < n; i++) p[i] = lanes[i];
}
INLINE vf magnitude(vf v) { return vabsq_f32(v); }
INLINE vf least(vf a, vf b) { return vbslq_f32(vcltq_f32(b, a), b, a); }
INLINE vf most(vf a, vf b) { return vbslq_f32(vcltq_f32(a, b), b, a); }
INLINE vf if_above(vf a, vf b, vf x, vf y) { return vbslq_f32(vcgtq_f32(a, b), x, y); }
INLINE vf times_power(vf v, vf n) {
  const int32x4_t bits = vaddq_s32(vreinterpretq_s32_f32(n), vdupq_n_s32(127));
  return vmulq_f32(v, vreinterpretq_f32_s32(vshlq_n_s32(bits, 23)));
}
#else
#error "no vectors of this instruction set"
#endif

INLINE size_t smaller(size_t a, size_t b) { return a < b ? a : b; }
INLINE size_t larger(size_t a, size_t b) { return a > b ? a : b; }
INLINE size_t upward(size_t n, size_t d) { return (n + d - 1) / d; }
/** A vector whose `n` lanes are all of it where the constant `whole` says so. */
INLINE vf load_lanes(const int whole, const float *p, size_t n) { return whole ? load(p) : load_part(p, n); }
INLINE void store_lanes(const int whole, float *p, vf v, size_t n) {
  if (whole) store(p, v);
  else store_part(p, v, n);
}
INLINE vf load_some(const float *p, size_t n) { return n >= VW ? load(p) : load_part(p, n); }
INLINE void store_some(float *p, vf v, size_t n) {
  if (n >= VW) store(p, v);
  else store_part(p, v, n);
}

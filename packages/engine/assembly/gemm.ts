// C[M,N] (+)= A[M,K] * B[K,N] in fp32 with any strides of A and B (in elements); rows of C are contiguous.
// B is packed into panels of 8 columns; A is read where it lies when its rows are contiguous, and packed into panels of
// 4 rows otherwise. The micro-kernel keeps a 4x8 tile of C in registers (a 6x8 tile spills).
import { epilogue } from "./epilogue";
import { fma, min } from "./simd";

const MR: usize = 4;
const NR: usize = 8;
const KC: usize = 256;
const MC: usize = 128;
const NC: usize = 1024;

/** Where the micro-kernel reads A; told apart by size at compile time. */
export type Packed = i8;
export type Rows = i16;

/** Bytes of working memory that `gemm` needs: an edge tile, the packed B and the packed A. */
export function gemmWorkBytes(): usize {
  return 128 + KC * (NC + NR) * 4 + (MC + MR) * KC * 4;
}

function packB(B: usize, rs: usize, cs: usize, P: usize, kc: usize, nc: usize): void {
  const rb = rs << 2, cb = cs << 2;
  for (let j: usize = 0; j < nc; j += NR) {
    const nr = min(nc - j, NR);
    let b = B + j * cb;
    const end = P + (kc << 5);
    if (nr == NR && cs == 1) {
      do {
        v128.store(P, v128.load(b));
        v128.store(P, v128.load(b, 16), 16);
        b += rb; P += 32;
      } while (P < end);
    } else if (nr == NR && rs == 1) {
      for (let q: usize = 0; q < NR; q++) {
        let s = b + q * cb, p = P + (q << 2);
        do { f32.store(p, f32.load(s)); s += 4; p += 32; } while (p < end);
      }
      P = end;
    } else {
      do {
        let s = b;
        for (let q: usize = 0; q < NR; q++) {
          f32.store(P + (q << 2), q < nr ? f32.load(s) : 0);
          s += cb;
        }
        b += rb; P += 32;
      } while (P < end);
    }
  }
}

/** Packs a block of A whose rows are not contiguous (A transposed, for the gradient of a weight). */
function packA(A: usize, rs: usize, cs: usize, P: usize, mc: usize, kc: usize): void {
  const rb = rs << 2, cb = cs << 2;
  for (let i: usize = 0; i < mc; i += MR) {
    const mr = min(mc - i, MR);
    const end = P + (kc << 4);
    let a = A + i * rb;
    if (mr == MR && rs == 1) {
      do { v128.store(P, v128.load(a)); a += cb; P += 16; } while (P < end);
    } else {
      do {
        let s = a;
        for (let q: usize = 0; q < MR; q++) {
          f32.store(P + (q << 2), q < mr ? f32.load(s) : 0);
          s += rb;
        }
        a += cb; P += 16;
      } while (P < end);
    }
  }
}

function row(c: usize, lo: v128, hi: v128, acc: bool): void {
  if (acc) {
    lo = f32x4.add(v128.load(c), lo);
    hi = f32x4.add(v128.load(c, 16), hi);
  }
  v128.store(c, lo);
  v128.store(c, hi, 16);
}

/**
 * One packed B panel (8 columns) against all rows of a block of A: 4x8 tiles of C. The tile loop is in here since asc
 * does not inline a function of this size. `rb`: bytes from one row of A to the next; `tmp` takes an edge tile.
 */
export function panel<T>(
  a: usize, rb: usize, B: usize, kc: usize, C: usize, lb: usize, mc: usize, nr: usize, acc: bool, tmp: usize
): void {
  const end = B + (kc << 5);
  for (; mc > 0; mc -= min(mc, MR)) {
    let c00 = f32x4.splat(0), c01 = c00, c10 = c00, c11 = c00;
    let c20 = c00, c21 = c00, c30 = c00, c31 = c00;
    let b = B;
    if (sizeof<T>() == sizeof<Packed>()) {
      do {
        const b0 = v128.load(b), b1 = v128.load(b, 16);
        let x = v128.load32_splat(a);
        c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
        x = v128.load32_splat(a, 4);
        c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
        x = v128.load32_splat(a, 8);
        c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
        x = v128.load32_splat(a, 12);
        c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
        a += 16; b += 32;
      } while (b < end);
    } else {
      // Rows beyond the last repeat the first: computed, not stored.
      let p0 = a, p1 = mc > 1 ? a + rb : a, p2 = mc > 2 ? a + rb * 2 : a, p3 = mc > 3 ? a + rb * 3 : a;
      do {
        const b0 = v128.load(b), b1 = v128.load(b, 16);
        let x = v128.load32_splat(p0);
        c00 = fma(x, b0, c00); c01 = fma(x, b1, c01);
        x = v128.load32_splat(p1);
        c10 = fma(x, b0, c10); c11 = fma(x, b1, c11);
        x = v128.load32_splat(p2);
        c20 = fma(x, b0, c20); c21 = fma(x, b1, c21);
        x = v128.load32_splat(p3);
        c30 = fma(x, b0, c30); c31 = fma(x, b1, c31);
        p0 += 4; p1 += 4; p2 += 4; p3 += 4; b += 32;
      } while (b < end);
      a += rb * MR;
    }
    if (nr == NR) {
      row(C, c00, c01, acc);
      if (mc > 1) row(C + lb, c10, c11, acc);
      if (mc > 2) row(C + lb * 2, c20, c21, acc);
      if (mc > 3) row(C + lb * 3, c30, c31, acc);
    } else {
      v128.store(tmp, c00); v128.store(tmp, c01, 16);
      v128.store(tmp, c10, 32); v128.store(tmp, c11, 48);
      v128.store(tmp, c20, 64); v128.store(tmp, c21, 80);
      v128.store(tmp, c30, 96); v128.store(tmp, c31, 112);
      const mr = min(mc, MR);
      for (let r: usize = 0; r < mr; r++) {
        for (let q: usize = 0; q < nr; q++) {
          const t = f32.load(tmp + (r << 5) + (q << 2)), c = C + r * lb + (q << 2);
          f32.store(c, acc ? f32.load(c) + t : t);
        }
      }
    }
    C += lb * MR;
  }
}

/** `acc`: add to C instead of overwriting it. `work`: gemmWorkBytes() bytes. M, N and K are at least 1. */
export function gemm(
  A: usize, ars: usize, acs: usize, B: usize, brs: usize, bcs: usize, C: usize, ldc: usize,
  M: usize, N: usize, K: usize, acc: bool, work: usize
): void {
  product(A, ars, acs, B, brs, bcs, C, ldc, M, N, K, acc, false, 0, 0, 0, work);
}

/** C[M,N] = activation(A[M,K] * B[K,N] + bias[N]), all of them with contiguous rows. */
export function gemmFused(
  A: usize, B: usize, C: usize, M: usize, N: usize, K: usize, bias: usize, activation: i32, slope: f32, work: usize
): void {
  product(A, K, 1, B, N, 1, C, N, M, N, K, false, true, bias, activation, slope, work);
}

/** `fused`: the epilogue follows on each panel, after the last of its sums. */
function product(
  A: usize, ars: usize, acs: usize, B: usize, brs: usize, bcs: usize, C: usize, ldc: usize,
  M: usize, N: usize, K: usize, acc: bool, fused: bool, bias: usize, activation: i32, slope: f32, work: usize
): void {
  const tmp = work, PB = work + 128, PA = PB + KC * (NC + NR) * 4, lb = ldc << 2;
  for (let jc: usize = 0; jc < N; jc += NC) {
    const nc = min(N - jc, NC);
    for (let pc: usize = 0; pc < K; pc += KC) {
      const kc = min(K - pc, KC), add = acc || pc > 0;
      packB(B + (pc * brs + jc * bcs) * 4, brs, bcs, PB, kc, nc);
      for (let ic: usize = 0; ic < M; ic += MC) {
        const mc = min(M - ic, MC);
        const a = A + (ic * ars + pc * acs) * 4;
        let c = C + ic * lb + jc * 4;
        if (acs == 1) {
          for (let j: usize = 0; j < nc; j += NR) {
            const nr = min(nc - j, NR);
            panel<Rows>(a, ars << 2, PB + j * kc * 4, kc, c, lb, mc, nr, add, tmp);
            if (fused && pc + kc == K) epilogue(c, lb, bias + (jc + j) * 4, mc, nr, activation, slope);
            c += NR * 4;
          }
        } else {
          packA(a, ars, acs, PA, mc, kc);
          for (let j: usize = 0; j < nc; j += NR) {
            panel<Packed>(PA, 0, PB + j * kc * 4, kc, c, lb, mc, min(nc - j, NR), add, tmp);
            c += NR * 4;
          }
        }
      }
    }
  }
}

/** `count` products of one shape; the steps (in elements) lead from one product's operands to the next. */
export function gemmBatch(
  count: usize, A: usize, aStep: usize, ars: usize, acs: usize, B: usize, bStep: usize, brs: usize, bcs: usize,
  C: usize, cStep: usize, ldc: usize, M: usize, N: usize, K: usize, work: usize
): void {
  for (let i: usize = 0; i < count; i++) {
    gemm(A, ars, acs, B, brs, bcs, C, ldc, M, N, K, false, work);
    A += aStep << 2; B += bStep << 2; C += cStep << 2;
  }
}

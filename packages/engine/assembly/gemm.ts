// C[M,N] (+)= A[M,K] * B[K,N], fp32, packed panels, 4x8 micro-kernel. Strides of A and B in elements.
import { fma, min } from './simd';

const MR: usize = 4;
const NR: usize = 8;
const KC: usize = 256;
const MC: usize = 128;
const NC: usize = 1024;

function packB(B: usize, rs: usize, cs: usize, P: usize, kc: usize, nc: usize): void {
  const rb = rs << 2,
    cb = cs << 2;
  for (let j: usize = 0; j < nc; j += NR) {
    const nr = min(nc - j, NR);
    let b = B + j * cb;
    const end = P + (kc << 5);
    if (nr == NR && cs == 1) {
      do {
        v128.store(P, v128.load(b));
        v128.store(P, v128.load(b, 16), 16);
        b += rb;
        P += 32;
      } while (P < end);
    } else if (nr == NR && rs == 1) {
      for (let q: usize = 0; q < NR; q++) {
        let s = b + q * cb,
          p = P + (q << 2);
        do {
          f32.store(p, f32.load(s));
          s += 4;
          p += 32;
        } while (p < end);
      }
      P = end;
    } else {
      do {
        let s = b;
        for (let q: usize = 0; q < NR; q++) {
          f32.store(P + (q << 2), q < nr ? f32.load(s) : 0);
          s += cb;
        }
        b += rb;
        P += 32;
      } while (P < end);
    }
  }
}

function packA(A: usize, rs: usize, cs: usize, P: usize, mc: usize, kc: usize): void {
  const rb = rs << 2,
    cb = cs << 2;
  for (let i: usize = 0; i < mc; i += MR) {
    const mr = min(mc - i, MR);
    const end = P + (kc << 4);
    let a0 = A + i * rb;
    if (mr == MR && cs == 1) {
      let a1 = a0 + rb,
        a2 = a1 + rb,
        a3 = a2 + rb;
      const end4 = P + ((kc & ~3) << 4);
      while (P < end4) {
        const r0 = v128.load(a0),
          r1 = v128.load(a1),
          r2 = v128.load(a2),
          r3 = v128.load(a3);
        const t0 = v128.shuffle<i32>(r0, r1, 0, 4, 1, 5),
          t1 = v128.shuffle<i32>(r2, r3, 0, 4, 1, 5);
        const t2 = v128.shuffle<i32>(r0, r1, 2, 6, 3, 7),
          t3 = v128.shuffle<i32>(r2, r3, 2, 6, 3, 7);
        v128.store(P, v128.shuffle<i64>(t0, t1, 0, 2));
        v128.store(P, v128.shuffle<i64>(t0, t1, 1, 3), 16);
        v128.store(P, v128.shuffle<i64>(t2, t3, 0, 2), 32);
        v128.store(P, v128.shuffle<i64>(t2, t3, 1, 3), 48);
        a0 += 16;
        a1 += 16;
        a2 += 16;
        a3 += 16;
        P += 64;
      }
      while (P < end) {
        f32.store(P, f32.load(a0));
        f32.store(P, f32.load(a1), 4);
        f32.store(P, f32.load(a2), 8);
        f32.store(P, f32.load(a3), 12);
        a0 += 4;
        a1 += 4;
        a2 += 4;
        a3 += 4;
        P += 16;
      }
    } else if (mr == MR && rs == 1) {
      do {
        v128.store(P, v128.load(a0));
        a0 += cb;
        P += 16;
      } while (P < end);
    } else {
      do {
        let s = a0;
        for (let q: usize = 0; q < MR; q++) {
          f32.store(P + (q << 2), q < mr ? f32.load(s) : 0);
          s += rb;
        }
        a0 += cb;
        P += 16;
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
 * One packed B panel (8 columns) against all packed A panels of a block: 4x8 tiles of C, accumulators in locals.
 * The tile loop is in here since asc does not inline a function of this size unless told to. `tmp` takes an edge tile.
 */
export function panel(
  a: usize,
  B: usize,
  kc: usize,
  C: usize,
  ldc: usize,
  mc: usize,
  nr: usize,
  acc: bool,
  tmp: usize,
): void {
  const lb = ldc << 2;
  for (; mc > 0; mc -= min(mc, MR)) {
    let c00 = f32x4.splat(0),
      c01 = c00,
      c10 = c00,
      c11 = c00;
    let c20 = c00,
      c21 = c00,
      c30 = c00,
      c31 = c00;
    const end = a + (kc << 4);
    let b = B;
    do {
      const b0 = v128.load(b),
        b1 = v128.load(b, 16);
      let x = v128.load32_splat(a);
      c00 = fma(x, b0, c00);
      c01 = fma(x, b1, c01);
      x = v128.load32_splat(a, 4);
      c10 = fma(x, b0, c10);
      c11 = fma(x, b1, c11);
      x = v128.load32_splat(a, 8);
      c20 = fma(x, b0, c20);
      c21 = fma(x, b1, c21);
      x = v128.load32_splat(a, 12);
      c30 = fma(x, b0, c30);
      c31 = fma(x, b1, c31);
      a += 16;
      b += 32;
    } while (a < end);
    if (nr == NR) {
      row(C, c00, c01, acc);
      if (mc > 1) row(C + lb, c10, c11, acc);
      if (mc > 2) row(C + lb * 2, c20, c21, acc);
      if (mc > 3) row(C + lb * 3, c30, c31, acc);
    } else {
      v128.store(tmp, c00);
      v128.store(tmp, c01, 16);
      v128.store(tmp, c10, 32);
      v128.store(tmp, c11, 48);
      v128.store(tmp, c20, 64);
      v128.store(tmp, c21, 80);
      v128.store(tmp, c30, 96);
      v128.store(tmp, c31, 112);
      const mr = min(mc, MR);
      for (let r: usize = 0; r < mr; r++) {
        for (let q: usize = 0; q < nr; q++) {
          const t = f32.load(tmp + (r << 5) + (q << 2)),
            c = C + r * lb + (q << 2);
          f32.store(c, acc ? f32.load(c) + t : t);
        }
      }
    }
    C += lb * MR;
  }
}

export function gemm(
  A: usize,
  ars: usize,
  acs: usize,
  B: usize,
  brs: usize,
  bcs: usize,
  C: usize,
  ldc: usize,
  M: usize,
  N: usize,
  K: usize,
  beta: bool,
  work: usize,
): void {
  const tmp = work,
    PB = work + 128,
    PA = PB + KC * (NC + NR) * 4;
  for (let jc: usize = 0; jc < N; jc += NC) {
    const nc = min(N - jc, NC);
    for (let pc: usize = 0; pc < K; pc += KC) {
      const kc = min(K - pc, KC);
      packB(B + (pc * brs + jc * bcs) * 4, brs, bcs, PB, kc, nc);
      for (let ic: usize = 0; ic < M; ic += MC) {
        const mc = min(M - ic, MC);
        packA(A + (ic * ars + pc * acs) * 4, ars, acs, PA, mc, kc);
        for (let j: usize = 0; j < nc; j += NR) {
          panel(
            PA,
            PB + j * kc * 4,
            kc,
            C + (ic * ldc + jc + j) * 4,
            ldc,
            mc,
            min(nc - j, NR),
            beta || pc > 0,
            tmp,
          );
        }
      }
    }
  }
}

// Copies blocks of the operands of a product in the order in which `panel` reads them. Row and column strides in elements.
import { MR, NR } from './gemm-tile';
import { min } from './simd';

/** B[kc,nc] as panels of 8 columns, [nc/8][kc][8]; the last is filled up with zeros. */
export function packB(B: usize, rs: usize, cs: usize, P: usize, kc: usize, nc: usize): void {
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

/** A[mc,kc] as panels of MR rows, [mc/MR][kc][MR]; the last is filled up with zeros. */
export function packA(A: usize, rs: usize, cs: usize, P: usize, mc: usize, kc: usize): void {
  const rb = rs << 2,
    cb = cs << 2;
  for (let i: usize = 0; i < mc; i += MR) {
    const mr = min(mc - i, MR);
    const end = P + kc * MR * 4;
    let a = A + i * rb;
    if (mr == MR && rs == 1) {
      do {
        v128.store(P, v128.load(a));
        if (MR == 6) i64.store(P, i64.load(a, 16), 16);
        else i32.store(P, i32.load(a, 16), 16);
        a += cb;
        P += MR * 4;
      } while (P < end);
    } else {
      do {
        let s = a;
        for (let q: usize = 0; q < MR; q++) {
          f32.store(P + (q << 2), q < mr ? f32.load(s) : 0);
          s += rb;
        }
        a += cb;
        P += MR * 4;
      } while (P < end);
    }
  }
}

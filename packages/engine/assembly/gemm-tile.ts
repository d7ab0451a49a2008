// The inner kernel of the products: a tile of C, as high and wide as the registers allow, over a block of k.
//
// What the compilers of V8 make of it decides the speed, so the shape of the loops is on purpose:
// - The tile has 6x8 values with relaxed SIMD: 12 vectors of sums, 2 of B and 1 of A fill the 15 registers that V8 uses on
//   x86. Plain SIMD needs one more for the product, so its tile has 5x8.
// - TurboFan orders a block of code backwards, from the values that it hands on to a merge of branches: a load goes right
//   before its uses only if every sum is handed on, else all loads come first, and the tile spills. So each step of k ends in
//   a merge. Of the two steps of an iteration, the first stands in a condition, true but for the first iteration of an odd
//   number of steps; it goes through the rows backwards, since a merge of this kind is taken from its other end. After the
//   loop it is `if (b < end)`, always true, that merges.
// - Two steps are too many operations for V8 to unroll the loop, which would spill again.
// - Pointers are moved before their use: the result of an addition serves as an address, what a loop hands on is copied.
import { fma, min } from './simd';

/** Rows of a tile. */
export const MR: usize = ASC_FEATURE_RELAXED_SIMD ? 6 : 5;
/** Columns of a tile. */
export const NR: usize = 8;
/** Bytes of working memory of `panel`. */
export const TILE_BYTES: usize = 192;

/** Where `panel` reads A; told apart by size at compile time. */
export type Columns = i8;
export type Rows = i16;

function row(c: usize, lo: v128, hi: v128, acc: bool): void {
  if (acc) {
    lo = f32x4.add(v128.load(c), lo);
    hi = f32x4.add(v128.load(c, 16), hi);
  }
  v128.store(c, lo);
  v128.store(c, hi, 16);
}

/**
 * C[mc,nr] (+)= A[mc,kc] * B[kc,nr], nr <= 8, in tiles, one below the other. All distances are in bytes.
 * Rows: the k of a row of A are neighbours, `as` leads from row to row; `bs` is 32.
 * Columns: the MR rows of a tile are neighbours, `as` leads from k to k, and a lower last tile reads beyond its rows.
 * `an` leads from a tile of A to the next, `bs` from row to row of B, `lb` of C. B is read 8 columns wide. `tmp`: TILE_BYTES.
 */
export function panel<T>(
  a: usize,
  as: usize,
  an: usize,
  B: usize,
  bs: usize,
  kc: usize,
  C: usize,
  lb: usize,
  mc: usize,
  nr: usize,
  acc: bool,
  tmp: usize,
): void {
  const odd = kc & 1;
  for (; mc > 0; mc -= min(mc, MR)) {
    let c00 = f32x4.splat(0),
      c01 = c00,
      c10 = c00,
      c11 = c00,
      c20 = c00,
      c21 = c00;
    let c30 = c00,
      c31 = c00,
      c40 = c00,
      c41 = c00,
      c50 = c00,
      c51 = c00;
    if (sizeof<T>() == sizeof<Columns>()) {
      let p = a - as - odd * as,
        b = B - bs - odd * bs;
      const end = B + (kc - 1) * bs,
        skip = odd ? B - bs : 0;
      if (b < end)
        do {
          p += as;
          b += bs;
          if (b != skip) {
            const b0 = v128.load(b),
              b1 = v128.load(b, 16);
            let x: v128;
            if (MR > 5) {
              x = v128.load32_splat(p, 20);
              c50 = fma(x, b0, c50);
              c51 = fma(x, b1, c51);
            }
            x = v128.load32_splat(p, 16);
            c40 = fma(x, b0, c40);
            c41 = fma(x, b1, c41);
            x = v128.load32_splat(p, 12);
            c30 = fma(x, b0, c30);
            c31 = fma(x, b1, c31);
            x = v128.load32_splat(p, 8);
            c20 = fma(x, b0, c20);
            c21 = fma(x, b1, c21);
            x = v128.load32_splat(p, 4);
            c10 = fma(x, b0, c10);
            c11 = fma(x, b1, c11);
            x = v128.load32_splat(p);
            c00 = fma(x, b0, c00);
            c01 = fma(x, b1, c01);
          }
          p += as;
          b += bs;
          const b0 = v128.load(b),
            b1 = v128.load(b, 16);
          let x = v128.load32_splat(p);
          c00 = fma(x, b0, c00);
          c01 = fma(x, b1, c01);
          x = v128.load32_splat(p, 4);
          c10 = fma(x, b0, c10);
          c11 = fma(x, b1, c11);
          x = v128.load32_splat(p, 8);
          c20 = fma(x, b0, c20);
          c21 = fma(x, b1, c21);
          x = v128.load32_splat(p, 12);
          c30 = fma(x, b0, c30);
          c31 = fma(x, b1, c31);
          x = v128.load32_splat(p, 16);
          c40 = fma(x, b0, c40);
          c41 = fma(x, b1, c41);
          if (MR > 5) {
            x = v128.load32_splat(p, 20);
            c50 = fma(x, b0, c50);
            c51 = fma(x, b1, c51);
          }
        } while (b < end);
    } else {
      // Rows beyond the last repeat the first: computed, not stored.
      let p0 = a - 8 - (odd << 2),
        p1 = mc > 1 ? p0 + as : p0,
        p2 = mc > 2 ? p1 + as : p0,
        p3 = mc > 3 ? p2 + as : p0;
      let p4 = mc > 4 ? p3 + as : p0,
        p5 = mc > 5 ? p4 + as : p0,
        b = B - 64 - (odd << 5);
      const end = B + (kc << 5) - 64,
        skip = odd ? B - 32 : 0;
      if (b < end)
        do {
          p0 += 8;
          p1 += 8;
          p2 += 8;
          p3 += 8;
          p4 += 8;
          b += 64;
          if (MR > 5) p5 += 8;
          if (b != skip) {
            const b0 = v128.load(b),
              b1 = v128.load(b, 16);
            let x: v128;
            if (MR > 5) {
              x = v128.load32_splat(p5);
              c50 = fma(x, b0, c50);
              c51 = fma(x, b1, c51);
            }
            x = v128.load32_splat(p4);
            c40 = fma(x, b0, c40);
            c41 = fma(x, b1, c41);
            x = v128.load32_splat(p3);
            c30 = fma(x, b0, c30);
            c31 = fma(x, b1, c31);
            x = v128.load32_splat(p2);
            c20 = fma(x, b0, c20);
            c21 = fma(x, b1, c21);
            x = v128.load32_splat(p1);
            c10 = fma(x, b0, c10);
            c11 = fma(x, b1, c11);
            x = v128.load32_splat(p0);
            c00 = fma(x, b0, c00);
            c01 = fma(x, b1, c01);
          }
          const b0 = v128.load(b, 32),
            b1 = v128.load(b, 48);
          let x = v128.load32_splat(p0, 4);
          c00 = fma(x, b0, c00);
          c01 = fma(x, b1, c01);
          x = v128.load32_splat(p1, 4);
          c10 = fma(x, b0, c10);
          c11 = fma(x, b1, c11);
          x = v128.load32_splat(p2, 4);
          c20 = fma(x, b0, c20);
          c21 = fma(x, b1, c21);
          x = v128.load32_splat(p3, 4);
          c30 = fma(x, b0, c30);
          c31 = fma(x, b1, c31);
          x = v128.load32_splat(p4, 4);
          c40 = fma(x, b0, c40);
          c41 = fma(x, b1, c41);
          if (MR > 5) {
            x = v128.load32_splat(p5, 4);
            c50 = fma(x, b0, c50);
            c51 = fma(x, b1, c51);
          }
        } while (b < end);
    }
    if (nr == NR) {
      row(C, c00, c01, acc);
      if (mc > 1) row(C + lb, c10, c11, acc);
      if (mc > 2) row(C + lb * 2, c20, c21, acc);
      if (mc > 3) row(C + lb * 3, c30, c31, acc);
      if (mc > 4) row(C + lb * 4, c40, c41, acc);
      if (MR > 5 && mc > 5) row(C + lb * 5, c50, c51, acc);
    } else {
      v128.store(tmp, c00);
      v128.store(tmp, c01, 16);
      v128.store(tmp, c10, 32);
      v128.store(tmp, c11, 48);
      v128.store(tmp, c20, 64);
      v128.store(tmp, c21, 80);
      v128.store(tmp, c30, 96);
      v128.store(tmp, c31, 112);
      v128.store(tmp, c40, 128);
      v128.store(tmp, c41, 144);
      v128.store(tmp, c50, 160);
      v128.store(tmp, c51, 176);
      const mr = min(mc, MR);
      for (let r: usize = 0; r < mr; r++) {
        for (let q: usize = 0; q < nr; q++) {
          const t = f32.load(tmp + (r << 5) + (q << 2)),
            c = C + r * lb + (q << 2);
          f32.store(c, acc ? f32.load(c) + t : t);
        }
      }
    }
    a += an;
    C += lb * MR;
  }
}

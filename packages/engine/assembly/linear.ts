// What a linear layer needs beside the product (gemm.ts): the bias on every row, and its gradient.
import { Address, copyFloats, min, zeroFloats } from './simd';

/** Writes the bias [C] to each of R rows of y, for a product that adds to them. */
export function fillRows(bias: Address, y: Address, R: usize, C: usize): void {
  const cb = C << 2;
  for (let r: usize = 0; r < R; r++) {
    copyFloats(y, bias, cb);
    y += cb;
  }
}

/** sums[C] = sums of the columns of x[R,C]. Added up in blocks of 256 rows, for precision. `work`: C floats. */
export function columnSums(x: Address, sums: Address, R: usize, C: usize, work: Address): void {
  const cb = C << 2;
  zeroFloats(sums, cb);
  for (let r: usize = 0; r < R; r += 256) {
    const n = min(R - r, 256);
    zeroFloats(work, cb);
    for (let i: usize = 0; i < n; i++) {
      addFloats(work, x, cb);
      x += cb;
    }
    addFloats(sums, work, cb);
  }
}

/** to += from, over `bytes` (a multiple of 4). */
export function addFloats(to: usize, from: usize, bytes: usize): void {
  const end = from + bytes;
  while (from + 16 <= end) {
    v128.store(to, f32x4.add(v128.load(to), v128.load(from)));
    from += 16;
    to += 16;
  }
  while (from < end) {
    f32.store(to, f32.load(to) + f32.load(from));
    from += 4;
    to += 4;
  }
}

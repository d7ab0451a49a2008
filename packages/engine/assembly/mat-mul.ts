// Batches of matrix products.
import { gemm } from './gemm';
import { Address } from './simd';

/** `count` products of one shape; the steps (in elements) lead from one product's operands to the next. */
export function matMul(
  count: usize,
  A: Address,
  aStep: usize,
  aRow: usize,
  aColumn: usize,
  B: Address,
  bStep: usize,
  bRow: usize,
  bColumn: usize,
  C: Address,
  cStep: usize,
  cRow: usize,
  M: usize,
  N: usize,
  K: usize,
  work: Address,
): void {
  for (let i: usize = 0; i < count; i++) {
    gemm(A, aRow, aColumn, B, bRow, bColumn, C, cRow, M, N, K, false, work);
    A += aStep << 2;
    B += bStep << 2;
    C += cStep << 2;
  }
}

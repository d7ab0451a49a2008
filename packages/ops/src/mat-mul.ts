import { matMul as stockMatMul, type Tensor } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { operationKernel } from './kernel.js';

export const matMulKernel = operationKernel<
  { a: Tensor; b: Tensor },
  { transposeA: boolean; transposeB: boolean }
>('PolytagMatMul');

export interface MatMulOptions {
  /** Default false. */
  readonly transposeA?: boolean;
  /** Default false. */
  readonly transposeB?: boolean;
}

/**
 * Matrix product of two matrices [M, K]·[K, N], or of two batches [B, M, K]·[B, K, N]; a transposed operand is
 * given as [K, M] or [N, K].
 */
export function matMul(a: Tensor, b: Tensor, options: MatMulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false } = options;
  const inner = (t: Tensor, last: boolean) => t.shape[last ? t.rank - 1 : t.rank - 2];
  if (
    a.rank !== b.rank ||
    (a.rank !== 2 && a.rank !== 3) ||
    (a.rank === 3 && a.shape[0] !== b.shape[0]) ||
    inner(a, !transposeA) !== inner(b, transposeB)
  ) {
    const of = (t: Tensor, transposed: boolean) => `[${t.shape}]${transposed ? ' transposed' : ''}`;
    throw new UsageError('usage/shape', `matMul: ${of(a, transposeA)} does not fit ${of(b, transposeB)}`);
  }
  if (!matMulKernel.isAvailable()) return stockMatMul(a, b, transposeA, transposeB);
  return matMulKernel.run({ a, b }, { transposeA, transposeB });
}

import type { Tensor } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';

/**
 * Refuses a tensor of another shape before a kernel reads beyond it.
 * @throws UsageError `usage/shape`
 */
export function expectShape(operation: string, name: string, tensor: Tensor, shape: readonly number[]): void {
  if (tensor.rank === shape.length && shape.every((size, i) => tensor.shape[i] === size)) return;
  throw new UsageError('usage/shape', `${operation}: ${name} is [${tensor.shape}], expected [${shape}]`);
}

/**
 * Refuses a tensor of another rank.
 * @throws UsageError `usage/shape`
 */
export function expectRank(
  operation: string,
  name: string,
  tensor: Tensor,
  least: number,
  most = Infinity,
): void {
  if (tensor.rank >= least && tensor.rank <= most) return;
  const wanted =
    most === Infinity ? `at least ${least}` : least === most ? `${least}` : `${least} to ${most}`;
  throw new UsageError('usage/shape', `${operation}: ${name} is [${tensor.shape}], expected rank ${wanted}`);
}

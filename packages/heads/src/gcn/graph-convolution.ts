import { tidy, type Tensor2D } from '@tensorflow/tfjs-core';
import { matMul } from '@polytag/ops';

/**
 * Graph convolution Â·(X·W) without bias (Kipf and Welling, 2017).
 *
 * @param x [K, in], one row a label
 * @param weight [in, out]
 * @param adjacency Â, [K, K]
 * @returns [K, out]
 */
export function graphConvolution(x: Tensor2D, weight: Tensor2D, adjacency: Tensor2D): Tensor2D {
  return tidy(() => matMul(adjacency, matMul(x, weight)) as Tensor2D);
}

import * as tf from '@tensorflow/tfjs-core';
import { address, kernels, kernelsAttached } from '../wasm/host.js';

/** Sum of the squares of all elements of all tensors, for the global norm of gradients. 0 for none. */
export function squaredNorm(tensors: readonly tf.Tensor[]): number {
  if (tensors.length === 0) return 0;
  if (kernelsAttached() && tensors.every((t) => t.dtype === 'float32')) {
    const { sumOfSquares } = kernels();
    return tensors.reduce((total, t) => total + sumOfSquares(address(t), t.size), 0);
  }
  const sums = tf.tidy(() => tf.stack(tensors.map((t) => tf.sum(tf.square(t)))).dataSync<'float32'>());
  return sums.reduce((total, sum) => total + sum, 0);
}

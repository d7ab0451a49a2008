import * as tf from '@tensorflow/tfjs-core';
import { address, kernels, kernelsAttached } from '../wasm/host.js';

/**
 * Sum of the squares of all elements of all tensors, for the global norm of gradients. 0 for none. The tensors may be
 * disposed once the promise is there: a graphics card only takes its time to tell the sum.
 */
export async function squaredNorm(tensors: readonly tf.Tensor[]): Promise<number> {
  if (tensors.length === 0) return 0;
  if (kernelsAttached() && tensors.every((t) => t.dtype === 'float32')) {
    const { sumOfSquares } = kernels();
    return tensors.reduce((total, t) => total + sumOfSquares(address(t), t.size), 0);
  }
  const sums = tf.tidy(() => tf.stack(tensors.map((t) => tf.sum(tf.square(t)))));
  const values = await sums.data<'float32'>();
  sums.dispose();
  return values.reduce((total, sum) => total + sum, 0);
}

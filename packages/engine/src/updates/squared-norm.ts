import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from '@polytag/ops';
import { kernels, kernelsAttached } from '../wasm/host.js';

/**
 * Sum of the squares of all elements of all tensors, for the global norm of gradients. 0 for none. The tensors may be
 * disposed once the promise is there: a graphics card only takes its time to tell the sum.
 *
 * @param factors of the same shapes: the squares are of the products, element by element
 */
export async function squaredNorm(
  tensors: readonly tf.Tensor[],
  factors?: readonly tf.Tensor[],
): Promise<number> {
  if (tensors.length === 0) return 0;
  factors?.forEach((factor, i) => expectShape('squaredNorm', 'factor', factor, tensors[i].shape));
  const float = [...tensors, ...(factors ?? [])].every(({ dtype }) => dtype === 'float32');
  if (float && kernelsAttached()) {
    const table = tensors.map((x, i) => ({ x, n: x.size, w: factors?.[i] ?? 0 }));
    return kernels().squaredNorm({ table });
  }
  const sums = tf.tidy(() =>
    tf.stack(tensors.map((t, i) => tf.sum(tf.square(factors ? tf.mul(t, factors[i]) : t)))),
  );
  const values = await sums.data<'float32'>();
  sums.dispose();
  return values.reduce((total, sum) => total + sum, 0);
}

import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from '@polytag/ops';
import { kernels, kernelsAttached } from '../wasm/host.js';

/**
 * Sum of the squares of all elements of all tensors, for the global norm of gradients. 0 without tensors. You may
 * dispose the tensors as soon as the promise is returned; on a graphics card it resolves later.
 *
 * @param factors tensors of the same shapes to multiply element by element before squaring
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

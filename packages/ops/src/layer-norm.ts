import * as tf from '@tensorflow/tfjs-core';
import { expectRank, expectShape } from './expect-shape.js';
import { operationKernel } from './kernel.js';

/** Outputs: y and, for the gradient, the mean and the inverse deviation of each row. */
export const layerNormKernel = operationKernel<
  { x: tf.Tensor; gamma: tf.Tensor1D; beta: tf.Tensor1D },
  { epsilon: number },
  [tf.Tensor, tf.Tensor1D, tf.Tensor1D]
>('PolytagLayerNorm');

/**
 * Layer normalisation over the last dimension, biased variance, ε inside the root (Ba et al., 2016).
 *
 * @param x [..., D]
 * @param gamma [D]
 * @param beta [D]
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: number): tf.Tensor {
  expectRank('layerNorm', 'x', x, 1);
  const features = x.shape[x.rank - 1];
  expectShape('layerNorm', 'gamma', gamma, [features]);
  expectShape('layerNorm', 'beta', beta, [features]);
  if (layerNormKernel.isAvailable()) {
    const [normalised, mean, inverse] = layerNormKernel.run({ x, gamma, beta }, { epsilon });
    tf.dispose([mean, inverse]);
    return normalised;
  }
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(normalised, gamma), beta);
  });
}

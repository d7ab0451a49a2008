import * as tf from '@tensorflow/tfjs-core';

/**
 * Layer normalisation over the last dimension, biased variance, ε inside the root (Ba et al., 2016).
 *
 * @param x [..., D]
 * @param gamma [D]
 * @param beta [D]
 */
export function layerNorm(x: tf.Tensor, gamma: tf.Tensor1D, beta: tf.Tensor1D, epsilon: number): tf.Tensor {
  return tf.tidy(() => {
    const centred = tf.sub(x, tf.mean(x, -1, true));
    const variance = tf.mean(tf.square(centred), -1, true);
    const normalised = tf.mul(centred, tf.rsqrt(tf.add(variance, epsilon)));
    return tf.add(tf.mul(normalised, gamma), beta);
  });
}

import * as tf from '@tensorflow/tfjs-core';

/**
 * Mean over height and width.
 *
 * @param x [B, H, W, C]
 * @returns [B, C]
 */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  return tf.mean(x, [1, 2]) as tf.Tensor2D;
}

import * as tf from '@tensorflow/tfjs-core';

/** x + shortcut, of one shape (He et al., 2016). */
export function addResidual(x: tf.Tensor, shortcut: tf.Tensor): tf.Tensor {
  return tf.add(x, shortcut);
}

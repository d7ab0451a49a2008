import * as tf from '@tensorflow/tfjs-core';

/** Softmax over the last dimension. */
export function softmax(x: tf.Tensor): tf.Tensor {
  return tf.softmax(x);
}

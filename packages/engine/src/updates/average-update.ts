import * as tf from '@tensorflow/tfjs-core';

/**
 * Exponential moving average: target = decay·target + (1 − decay)·value.
 *
 * @param target changed in place
 * @param value same shape
 */
export function averageUpdate(target: tf.Variable, value: tf.Tensor, decay: number): void {
  tf.tidy(() => target.assign(tf.add(tf.mul(target, decay), tf.mul(value, 1 - decay))));
}

import * as tf from '@tensorflow/tfjs-core';
import { activate } from './activate.js';
import type { Activation } from './activation.js';

/**
 * activation(x·scale + shift): batch normalisation with fixed statistics.
 *
 * @param x [..., C]
 * @param scale [C]
 * @param shift [C]
 * @param options activation default `identity`; slope of leaky ReLU default 0.01
 */
export function scaleShift(
  x: tf.Tensor,
  scale: tf.Tensor1D,
  shift: tf.Tensor1D,
  options: { activation?: Activation; slope?: number } = {},
): tf.Tensor {
  return tf.tidy(() => {
    const z = tf.add(tf.mul(x, scale), shift);
    const { activation = 'identity', slope } = options;
    return activation === 'identity' ? z : activate(z, activation, { slope });
  });
}

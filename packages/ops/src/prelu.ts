import * as tf from '@tensorflow/tfjs-core';
import { expectShape } from './expect-shape.js';
import { operationKernel, type NoAttributes } from './kernel.js';

export const preluKernel = operationKernel<{ x: tf.Tensor; slope: tf.Tensor1D }, NoAttributes>(
  'PolytagPRelu',
);

/**
 * PReLU with one shared slope: x where x > 0, slope·x elsewhere (He et al., 2015).
 *
 * @param x any shape
 * @param slope [1]
 */
export function prelu(x: tf.Tensor, slope: tf.Tensor1D): tf.Tensor {
  expectShape('prelu', 'slope', slope, [1]);
  if (preluKernel.isAvailable()) return preluKernel.run({ x, slope }, {});
  return tf.customGrad((z, a, save) => {
    const [input, alpha] = [z as tf.Tensor, a as tf.Tensor];
    (save as tf.GradSaveFunc)([input, alpha]);
    return {
      value: tf.where(tf.greater(input, 0), input, tf.mul(input, alpha)),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const positive = tf.greater(saved[0], 0);
        const slopes = tf.where(positive, tf.zerosLike(dy), tf.mul(dy, saved[0]));
        return [tf.where(positive, dy, tf.mul(dy, saved[1])), tf.reshape(tf.sum(slopes), saved[1].shape)];
      },
    };
  })(x, slope);
}

import * as tf from '@tensorflow/tfjs-core';
import { activate, DEFAULT_LEAKY_SLOPE, type Activation, type ActivationAttributes } from './activation.js';
import { expectRank, expectShape } from './expect-shape.js';
import { operationKernel } from './kernel.js';

export const scaleShiftKernel = operationKernel<
  { x: tf.Tensor; scale: tf.Tensor1D; shift: tf.Tensor1D },
  ActivationAttributes
>('PolytagScaleShift');

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
  const { activation = 'identity', slope = DEFAULT_LEAKY_SLOPE } = options;
  expectRank('scaleShift', 'x', x, 1);
  const channels = x.shape[x.rank - 1];
  expectShape('scaleShift', 'scale', scale, [channels]);
  expectShape('scaleShift', 'shift', shift, [channels]);
  if (scaleShiftKernel.isAvailable()) return scaleShiftKernel.run({ x, scale, shift }, { activation, slope });
  return tf.tidy(() => {
    const z = tf.add(tf.mul(x, scale), shift);
    return activation === 'identity' ? z : activate(z, activation, { slope });
  });
}

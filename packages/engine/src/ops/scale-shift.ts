import * as tf from '@tensorflow/tfjs-core';
import { scaleShiftKernel } from '../kernels/scale-shift.js';
import { kernelsAttached } from '../wasm/host.js';
import { activate } from './activate.js';
import { DEFAULT_LEAKY_SLOPE, type Activation } from './activation.js';
import { expectRank, expectShape } from './expect-shape.js';

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
  if (kernelsAttached()) return scaleShiftKernel({ x, scale, shift }, { activation, slope });
  return tf.tidy(() => {
    const z = tf.add(tf.mul(x, scale), shift);
    return activation === 'identity' ? z : activate(z, activation, { slope });
  });
}

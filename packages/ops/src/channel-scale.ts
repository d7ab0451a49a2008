import * as tf from '@tensorflow/tfjs-core';
import { expectRank, expectShape } from './expect-shape.js';
import { operationKernel, type NoAttributes } from './kernel.js';

export const channelScaleKernel = operationKernel<
  { x: tf.Tensor4D; s: tf.Tensor2D },
  NoAttributes,
  tf.Tensor4D
>('PolytagChannelScale');

/**
 * Each channel of each image times a factor: the last step of squeeze-and-excitation (Hu et al., 2018).
 *
 * @param x [B, H, W, C]
 * @param s [B, C]
 */
export function channelScale(x: tf.Tensor4D, s: tf.Tensor2D): tf.Tensor4D {
  expectRank('channelScale', 'x', x, 4, 4);
  expectShape('channelScale', 's', s, [x.shape[0], x.shape[3]]);
  if (channelScaleKernel.isAvailable()) return channelScaleKernel.run({ x, s }, {});
  return tf.tidy(() => tf.mul(x, tf.reshape(s, [s.shape[0], 1, 1, s.shape[1]])));
}

import * as tf from '@tensorflow/tfjs-core';
import { channelScaleKernel } from '../kernels/channel-scale.js';
import { kernelsAttached } from '../wasm/host.js';
import { expectRank, expectShape } from './expect-shape.js';

/**
 * Each channel of each image times a factor: the last step of squeeze-and-excitation (Hu et al., 2018).
 *
 * @param x [B, H, W, C]
 * @param s [B, C]
 */
export function channelScale(x: tf.Tensor4D, s: tf.Tensor2D): tf.Tensor4D {
  expectRank('channelScale', 'x', x, 4, 4);
  expectShape('channelScale', 's', s, [x.shape[0], x.shape[3]]);
  if (kernelsAttached()) return channelScaleKernel({ x, s }) as tf.Tensor as tf.Tensor4D;
  return tf.tidy(() => tf.mul(x, tf.reshape(s, [s.shape[0], 1, 1, s.shape[1]])));
}

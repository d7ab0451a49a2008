import * as tf from '@tensorflow/tfjs-core';
import { globalAveragePoolKernel } from '../kernels/global-average-pool.js';
import { kernelsAttached } from '../wasm/host.js';
import { expectRank } from './expect-shape.js';

/**
 * Mean over height and width.
 *
 * @param x [B, H, W, C]
 * @returns [B, C]
 */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  expectRank('globalAveragePool', 'x', x, 4, 4);
  if (kernelsAttached())
    return globalAveragePoolKernel({ x }, { shape: x.shape }) as tf.Tensor as tf.Tensor2D;
  return tf.mean(x, [1, 2]) as tf.Tensor2D;
}

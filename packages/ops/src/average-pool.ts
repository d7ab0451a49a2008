import * as tf from '@tensorflow/tfjs-core';
import { expectRank } from './expect-shape.js';
import { operationKernel } from './kernel.js';

/** Attribute: the shape of x. */
export const averagePoolKernel = operationKernel<{ x: tf.Tensor4D }, { shape: number[] }, tf.Tensor4D>(
  'PolytagAveragePool',
);

/**
 * Mean of each 2 x 2 block. The last blocks of an odd height or width have the pixels that are there, and their mean is
 * over those (PyTorch's ceil mode without counted padding; docs/method.md#tresnet-l).
 *
 * @param x [B, H, W, C]
 * @returns [B, ceil(H/2), ceil(W/2), C]
 */
export function averagePool(x: tf.Tensor4D): tf.Tensor4D {
  expectRank('averagePool', 'x', x, 4, 4);
  if (averagePoolKernel.isAvailable()) return averagePoolKernel.run({ x }, { shape: x.shape });
  const [, height, width] = x.shape;
  return tf.tidy(() => {
    const even: tf.Tensor4D = tf.pad(x, [
      [0, 0],
      [0, height % 2],
      [0, width % 2],
      [0, 0],
    ]);
    const weights = tf.outerProduct(counterweights(height), counterweights(width));
    return tf.mul(tf.avgPool(even, 2, 2, 'valid'), tf.expandDims(tf.expandDims(weights), -1));
  });
}

/** For each block along an axis: its full size over the pixels it has. */
function counterweights(size: number): tf.Tensor1D {
  return tf.tensor1d(
    Array.from({ length: Math.ceil(size / 2) }, (_, block) => (2 * block + 1 < size ? 1 : 2)),
  );
}

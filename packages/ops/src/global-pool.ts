import * as tf from '@tensorflow/tfjs-core';
import { expectRank } from './expect-shape.js';
import { operationKernel } from './kernel.js';

/** Attribute: the shape of x. */
export const globalAveragePoolKernel = operationKernel<{ x: tf.Tensor4D }, { shape: number[] }, tf.Tensor2D>(
  'PolytagGlobalAveragePool',
);
/** Attribute: the shape of x. Outputs: the maxima and, for the gradient, their places (int32). */
export const globalMaxPoolKernel = operationKernel<
  { x: tf.Tensor4D },
  { shape: number[] },
  [tf.Tensor2D, tf.Tensor2D]
>('PolytagGlobalMaxPool');

/**
 * Mean over height and width.
 *
 * @param x [B, H, W, C]
 * @returns [B, C]
 */
export function globalAveragePool(x: tf.Tensor4D): tf.Tensor2D {
  expectRank('globalAveragePool', 'x', x, 4, 4);
  if (globalAveragePoolKernel.isAvailable()) return globalAveragePoolKernel.run({ x }, { shape: x.shape });
  return tf.mean(x, [1, 2]) as tf.Tensor2D;
}

/**
 * Maximum over height and width. Among equal maxima the gradient goes to the first in row-major order,
 * as PyTorch's adaptive pooling does.
 *
 * @param x [B, H, W, C]
 * @returns [B, C]
 */
export function globalMaxPool(x: tf.Tensor4D): tf.Tensor2D {
  expectRank('globalMaxPool', 'x', x, 4, 4);
  if (globalMaxPoolKernel.isAvailable()) {
    const [largest, place] = globalMaxPoolKernel.run({ x }, { shape: x.shape });
    place.dispose();
    return largest;
  }
  const [batch, height, width, channels] = x.shape;
  const places = height * width;
  return tf.customGrad((input, save) => {
    const rows = tf.reshape(input as tf.Tensor, [batch, places, channels]);
    (save as tf.GradSaveFunc)([tf.argMax(rows, 1)]);
    return {
      value: tf.max(rows, 1),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const place = tf.reshape(tf.range(0, places, 1, 'int32'), [1, places, 1]);
        const chosen = tf.cast(tf.equal(place, tf.reshape(saved[0], [batch, 1, channels])), 'float32');
        return tf.reshape(tf.mul(chosen, tf.reshape(dy, [batch, 1, channels])), x.shape);
      },
    };
  })(x) as tf.Tensor2D;
}

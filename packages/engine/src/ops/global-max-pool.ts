import * as tf from '@tensorflow/tfjs-core';
import { globalMaxPoolKernel } from '../kernels/global-max-pool.js';
import { kernelsAttached } from '../wasm/host.js';
import { expectRank } from './expect-shape.js';

/**
 * Maximum over height and width. Among equal maxima the gradient goes to the first in row-major order,
 * as PyTorch's adaptive pooling does.
 *
 * @param x [B, H, W, C]
 * @returns [B, C]
 */
export function globalMaxPool(x: tf.Tensor4D): tf.Tensor2D {
  expectRank('globalMaxPool', 'x', x, 4, 4);
  if (kernelsAttached()) {
    const [largest, place] = globalMaxPoolKernel({ x }, { shape: x.shape });
    place.dispose();
    return largest as tf.Tensor2D;
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

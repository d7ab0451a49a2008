import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { expectRank } from './expect-shape.js';
import { operationKernel } from './kernel.js';

/** Attribute: the shape of x. */
export const blurPoolKernel = operationKernel<{ x: tf.Tensor4D }, { shape: number[] }, tf.Tensor4D>(
  'PolytagBlurPool',
);

/**
 * Blurs each channel with the binomial kernel [1, 2, 1]⊗[1, 2, 1]/16 and keeps every second pixel (Zhang, 2019; method
 * 3.1). The image is reflected by one pixel at its borders, the border pixel itself not repeated.
 *
 * @param x [B, H, W, C], H and W at least 2
 * @returns [B, ceil(H/2), ceil(W/2), C]
 * @throws UsageError `usage/shape`
 */
export function blurPool(x: tf.Tensor4D): tf.Tensor4D {
  expectRank('blurPool', 'x', x, 4, 4);
  const [, height, width, channels] = x.shape;
  if (height < 2 || width < 2) {
    throw new UsageError(
      'usage/shape',
      `blurPool: x is [${x.shape}], and an image below 2 x 2 pixels has nothing to reflect`,
      { hint: 'use a larger input image, or fewer stages of stride 2' },
    );
  }
  if (blurPoolKernel.isAvailable()) return blurPoolKernel.run({ x }, { shape: x.shape });
  return tf.tidy(() => {
    const binomial = tf.div<tf.Tensor4D>(tf.tensor4d([1, 2, 1, 2, 4, 2, 1, 2, 1], [3, 3, 1, 1]), 16);
    const filter = tf.tile(binomial, [1, 1, channels, 1]);
    return tf.depthwiseConv2d(reflected(reflected(x, 1), 2), filter, 2, 'valid');
  });
}

/** One pixel more at both ends of an axis, mirrored at the border pixel. */
function reflected(x: tf.Tensor4D, axis: 1 | 2): tf.Tensor4D {
  const pixel = (place: number) => {
    const [begin, size] = [
      [0, 0, 0, 0],
      [-1, -1, -1, -1],
    ];
    begin[axis] = place;
    size[axis] = 1;
    return tf.slice(x, begin, size);
  };
  return tf.concat([pixel(1), x, pixel(x.shape[axis] - 2)], axis);
}

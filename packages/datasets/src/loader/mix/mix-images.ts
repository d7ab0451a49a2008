import type { ImageSize } from '@polytag/core';
import type { Mix } from './draw-mix.js';

/**
 * Mixes each image of a batch with its partner.
 *
 * @param images [B, H, W, 3]; not changed
 * @returns [B, H, W, 3]
 */
export function mixImages(images: Float32Array, { height, width }: ImageSize, mix: Mix): Float32Array {
  return mix.area ? pasted(images, height, width, mix) : blended(images, height * width * 3, mix);
}

function blended(images: Float32Array, stride: number, { order, lambda }: Mix): Float32Array {
  const mixed = new Float32Array(images.length);
  order.forEach((partner, b) => {
    let from = partner * stride;
    for (let i = b * stride; i < (b + 1) * stride; i++) {
      mixed[i] = lambda * images[i] + (1 - lambda) * images[from++];
    }
  });
  return mixed;
}

function pasted(images: Float32Array, height: number, width: number, { order, area }: Mix): Float32Array {
  const mixed = Float32Array.from(images);
  const { left, top, right, bottom } = area!;
  order.forEach((partner, b) => {
    for (let y = top; y < bottom; y++) {
      const from = ((partner * height + y) * width + left) * 3;
      const to = ((b * height + y) * width + left) * 3;
      mixed.set(images.subarray(from, from + (right - left) * 3), to);
    }
  });
  return mixed;
}

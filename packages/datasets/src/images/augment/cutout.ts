import type { ImageSize, RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import type { CutoutSettings } from './augmentation-settings.js';
import { fillRectangle, type Rectangle } from './operations/place.js';

/**
 * The pixels that Cutout covers: centre ± half the side, both ends included, limited to the image. A side is `factor`
 * of the image's, rounded; the half is truncated to a whole pixel.
 */
export function cutoutArea(
  { height, width }: ImageSize,
  factor: number,
  centre: { readonly y: number; readonly x: number },
): Rectangle {
  const halfOf = (side: number) => Math.floor(Math.floor(factor * side + 0.5) / 2);
  const [halfHeight, halfWidth] = [halfOf(height), halfOf(width)];
  return {
    left: Math.max(centre.x - halfWidth, 0),
    top: Math.max(centre.y - halfHeight, 0),
    right: Math.min(centre.x + halfWidth + 1, width),
    bottom: Math.min(centre.y + halfHeight + 1, height),
  };
}

/** Covers a rectangle around a random centre with one random colour, with a probability (docs/method.md#cutout). */
export function cutout(image: RgbImage, settings: CutoutSettings, stream: RandomStream): RgbImage {
  if (!(stream.uniform() < settings.probability)) return image;
  const centre = { y: stream.integer(image.height), x: stream.integer(image.width) };
  const colour = [stream.integer(256), stream.integer(256), stream.integer(256)] as const;
  return fillRectangle(image, cutoutArea(image, settings.factor, centre), colour);
}

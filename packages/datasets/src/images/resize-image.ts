import type { ImageSize, ResizeRule } from '@polytag/core';
import type { RgbImage } from './decode-image.js';
import { resizeBicubic, type ImageWindow } from './resize-bicubic.js';
import { resizeBilinear } from './resize-bilinear.js';

/**
 * Resizes an image to a network's height and width: stretched bilinearly, or with a short side resized and cropped to
 * the centre (docs/method.md#preprocessing).
 *
 * @returns [height, width, 3]
 */
export function resizeImage(image: RgbImage, { height, width, resize }: ResizeRule): Uint8Array {
  if (!resize) return resizeBilinear(image, { height, width });
  const size = shortSideSize(image, resize.shortSide);
  return resizeBicubic(image, size, centreOf(size, { height, width }));
}

/** Size of an image resized to a shorter side of `shortSide`; the longer side is truncated, as in torchvision. */
export function shortSideSize({ height, width }: ImageSize, shortSide: number): ImageSize {
  return height <= width
    ? { height: shortSide, width: Math.trunc((shortSide * width) / height) }
    : { height: Math.trunc((shortSide * height) / width), width: shortSide };
}

/**
 * The middle of an image that is at least as large. Where what is cut off has an odd number of pixels, torchvision rounds a
 * half to the even place, transformers down.
 */
export function centreOf(
  size: ImageSize,
  { height, width }: ImageSize,
  rule: 'torchvision' | 'transformers' = 'torchvision',
): ImageWindow {
  const offset = (left: number) => {
    const half = Math.floor(left / 2);
    return rule === 'torchvision' && left % 2 === 1 && half % 2 === 1 ? half + 1 : half;
  };
  return { top: offset(size.height - height), left: offset(size.width - width), height, width };
}

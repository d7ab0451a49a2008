import type { ImageSize, RandomStream } from '@polytag/core';
import type { RgbImage } from '../decode-image.js';
import { resizeBilinear } from '../resize-bilinear.js';
import type { CropSettings } from './augmentation-settings.js';
import { crop, type Rectangle } from './operations/place.js';

/** Crops that do not fit are drawn again this often; then the whole image is taken. */
const ATTEMPTS = 10;

/**
 * A part of an image, enlarged to the size of the whole (Szegedy et al., "Going deeper with convolutions", 2015, with
 * the bounds of the shape relative to the shape of the image).
 */
export function randomCrop(image: RgbImage, settings: CropSettings, stream: RandomStream): RgbImage {
  const area = drawCrop(image, settings, stream);
  if (!area) return image;
  return { ...image, pixels: resizeBilinear(crop(image, area), image) };
}

/** @returns where to cut, or undefined for the whole image */
export function drawCrop(
  { height, width }: ImageSize,
  { scale, ratio }: CropSettings,
  stream: RandomStream,
): Rectangle | undefined {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const share = scale[0] + (scale[1] - scale[0]) * stream.uniform();
    const [narrowest, widest] = [Math.log(ratio[0]), Math.log(ratio[1])];
    const stretch = Math.exp(narrowest + (widest - narrowest) * stream.uniform());
    const cutWidth = Math.round(width * Math.sqrt(share * stretch));
    const cutHeight = Math.round(height * Math.sqrt(share / stretch));
    if (cutWidth < 1 || cutHeight < 1 || cutWidth > width || cutHeight > height) continue;
    const left = stream.integer(width - cutWidth + 1);
    const top = stream.integer(height - cutHeight + 1);
    return { left, top, right: left + cutWidth, bottom: top + cutHeight };
  }
  return undefined;
}

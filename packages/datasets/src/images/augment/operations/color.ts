import type { RgbImage } from '../../decode-image.js';
import { blend } from './blend.js';
import { luma } from './luma.js';

/** @param factor 0 is grey, 1 changes nothing, above 1 is more colourful */
export function color(image: RgbImage, factor: number): RgbImage {
  const { pixels } = image;
  const grey = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    grey[i] = grey[i + 1] = grey[i + 2] = luma(pixels[i], pixels[i + 1], pixels[i + 2]);
  }
  return blend(grey, image, factor);
}

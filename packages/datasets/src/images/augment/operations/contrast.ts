import type { RgbImage } from '../../decode-image.js';
import { blendLevel } from './blend.js';
import { levelTable, lookUp } from './look-up.js';
import { luma } from './luma.js';

/** @param factor 0 is the grey of the mean luma, 1 changes nothing, above 1 has more contrast */
export function contrast(image: RgbImage, factor: number): RgbImage {
  const { pixels } = image;
  let sum = 0;
  for (let i = 0; i < pixels.length; i += 3) sum += luma(pixels[i], pixels[i + 1], pixels[i + 2]);
  const mean = Math.floor(sum / (pixels.length / 3) + 0.5);
  return lookUp(
    image,
    levelTable((level) => blendLevel(mean, level, factor)),
  );
}

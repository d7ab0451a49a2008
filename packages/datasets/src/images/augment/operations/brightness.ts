import type { RgbImage } from '../../decode-image.js';
import { blendLevel } from './blend.js';
import { levelTable, lookUp } from './look-up.js';

/** @param factor 0 is black, 1 changes nothing, above 1 is brighter */
export function brightness(image: RgbImage, factor: number): RgbImage {
  return lookUp(
    image,
    levelTable((level) => blendLevel(0, level, factor)),
  );
}

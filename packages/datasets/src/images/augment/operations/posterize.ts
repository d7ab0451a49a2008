import type { RgbImage } from '../../decode-image.js';
import { levelTable, lookUp } from './look-up.js';

/** Keeps the highest bits of each level. @param bits 1 to 8; 8 changes nothing */
export function posterize(image: RgbImage, bits: number): RgbImage {
  const kept = 256 - 2 ** (8 - bits);
  return lookUp(
    image,
    levelTable((level) => level & kept),
  );
}

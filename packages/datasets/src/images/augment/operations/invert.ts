import type { RgbImage } from '../../decode-image.js';
import { levelTable, lookUp } from './look-up.js';

const TABLE = levelTable((level) => 255 - level);

/** The negative. */
export function invert(image: RgbImage): RgbImage {
  return lookUp(image, TABLE);
}

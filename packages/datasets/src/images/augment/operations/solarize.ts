import type { RgbImage } from '../../decode-image.js';
import { levelTable, lookUp } from './look-up.js';

/** Inverts the levels that reach a threshold. @param threshold 256 changes nothing, 0 inverts all */
export function solarize(image: RgbImage, threshold: number): RgbImage {
  return lookUp(
    image,
    levelTable((level) => (level < threshold ? level : 255 - level)),
  );
}

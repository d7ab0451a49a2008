import type { RgbImage } from '../../decode-image.js';
import { blend } from './blend.js';

/** @param factor 0 is smoothed, 1 changes nothing, above 1 is sharper */
export function sharpness(image: RgbImage, factor: number): RgbImage {
  return blend(smooth(image), image, factor);
}

/** Rounds a sum of weights 13: to the nearest level. No sum lies half-way, as 13 is odd. */
const THIRTEENTH = Uint8Array.from({ length: 13 * 255 + 1 }, (_, sum) => Math.round(sum / 13));

/**
 * Each pixel weighs 5 against 1 for each of its eight neighbours. The outermost pixels stay as they are.
 *
 * @returns [H, W, 3]
 */
function smooth({ pixels, height, width }: RgbImage): Uint8Array {
  const smoothed = Uint8Array.from(pixels);
  const row = width * 3;
  const columns = new Uint16Array(row);
  for (let y = 1; y < height - 1; y++) {
    const start = y * row;
    for (let x = 0; x < row; x++) {
      columns[x] = pixels[start + x - row] + pixels[start + x] + pixels[start + x + row];
    }
    for (let x = 3; x < row - 3; x++) {
      const block = columns[x - 3] + columns[x] + columns[x + 3];
      smoothed[start + x] = THIRTEENTH[block + 4 * pixels[start + x]];
    }
  }
  return smoothed;
}

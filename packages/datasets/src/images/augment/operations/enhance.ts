import type { RgbImage } from '../../decode-image.js';
import { levelTable, lookUp } from './levels.js';

// Operations that lead from a plainer image to the given one and beyond, as Pillow's ImageEnhance does: Brightness,
// Contrast, Color, Sharpness.

/** The grey of a pixel: ITU-R 601-2 luma in 16-bit fixed point, as Pillow's mode "L" rounds it. 0 to 255. */
export function luma(red: number, green: number, blue: number): number {
  return (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
}

const { fround } = Math;

/**
 * One level `factor` of the way from another: from + factor·(to − from) in float32, cut off to a whole level and
 * clipped, as Pillow's `Image.blend` does. A factor above 1 goes beyond `to`.
 */
export function blendLevel(from: number, to: number, factor: number): number {
  const blended = fround(from + fround(fround(factor) * (to - from)));
  return blended <= 0 ? 0 : blended >= 255 ? 255 : Math.trunc(blended);
}

/**
 * {@link blendLevel} of every level of an image.
 *
 * @param from [H, W, 3], where factor 0 leads
 */
export function blend(from: Uint8Array, image: RgbImage, factor: number): RgbImage {
  const { pixels } = image;
  // One product for each difference of levels, so that the loop has none.
  const products = Float32Array.from({ length: 511 }, (_, i) => fround(factor) * (i - 255));
  // A byte array cuts off the fraction.
  const blended = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i++) {
    const start = from[i];
    const level = fround(start + products[pixels[i] - start + 255]);
    blended[i] = level <= 0 ? 0 : level >= 255 ? 255 : level;
  }
  return { ...image, pixels: blended };
}

/** @param factor 0 is black, 1 changes nothing, above 1 is brighter */
export function brightness(image: RgbImage, factor: number): RgbImage {
  return lookUp(
    image,
    levelTable((level) => blendLevel(0, level, factor)),
  );
}

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

/** @param factor 0 is grey, 1 changes nothing, above 1 is more colourful */
export function color(image: RgbImage, factor: number): RgbImage {
  const { pixels } = image;
  const grey = new Uint8Array(pixels.length);
  for (let i = 0; i < pixels.length; i += 3) {
    grey[i] = grey[i + 1] = grey[i + 2] = luma(pixels[i], pixels[i + 1], pixels[i + 2]);
  }
  return blend(grey, image, factor);
}

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

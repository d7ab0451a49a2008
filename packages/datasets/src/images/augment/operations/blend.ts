import type { RgbImage } from '../../decode-image.js';

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

import { DataError, type ResizeRule } from '@polytag/core';
import type { DecodeOptions, RgbImage } from './decode-image.js';
import { withRgb, type ImageSource } from './prepare-image.js';
import { resizeImage } from './resize-image.js';

/** A photograph, or what gives its pixels when its turn comes. */
export type BatchedImage = ImageSource | (() => Promise<RgbImage>);

/** What is done about images, and how large they may be. */
export interface RowsOfImagesOptions extends DecodeOptions {
  /** What to do with an unusable image: throw its error (default), or return the error in place of its labels. */
  readonly onError?: 'throw' | 'return';
}

/** Images given at once to the network when many are predicted, and their pixels: bounds the memory they take. */
const [MOST, PIXELS] = [32, 32 * 224 ** 2];

/**
 * Runs a function on batches of photographs and returns one result for each, in order. With `onError: 'return'`, the
 * error of an unusable photograph takes its place.
 *
 * @param rowsOf one result for each of `count` images, [count, height, width, 3] RGB bytes
 * @throws DataError without `onError: 'return'`: for an unusable image
 */
export async function rowsOfImages<Row>(
  images: readonly BatchedImage[],
  size: ResizeRule,
  { onError = 'throw', maxPixels }: RowsOfImagesOptions,
  rowsOf: (pixels: Uint8Array, count: number) => Promise<readonly Row[]>,
): Promise<(Row | DataError)[]> {
  const resized = async (image: BatchedImage): Promise<Uint8Array | DataError> => {
    try {
      const source = typeof image === 'function' ? await image() : image;
      return await withRgb(source, { maxPixels }, (decoded) => resizeImage(decoded, size));
    } catch (error) {
      if (onError === 'throw' || !(error instanceof DataError)) throw error;
      return error;
    }
  };
  const results: (Row | DataError)[] = [];
  const atOnce = Math.min(MOST, Math.max(1, Math.floor(PIXELS / (size.height * size.width))));
  for (let start = 0; start < images.length; start += atOnce) {
    const some = await Promise.all(images.slice(start, start + atOnce).map(resized));
    const usable = some.filter((result) => result instanceof Uint8Array);
    const stride = size.height * size.width * 3;
    const pixels = new Uint8Array(usable.length * stride);
    usable.forEach((one, i) => pixels.set(one, i * stride));
    const rows = usable.length > 0 ? await rowsOf(pixels, usable.length) : [];
    let row = 0;
    for (const result of some) results.push(result instanceof DataError ? result : rows[row++]);
  }
  return results;
}

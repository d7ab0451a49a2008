import type { Preprocessing } from '@polytag/core';
import { withDecoded, withImage } from '#decode-image';
import type { DecodeOptions, RgbImage } from './decode-image.js';
import { normaliser } from './normalise.js';
import { resizeImage } from './resize-image.js';

/** A photograph: a path (in a browser a URL), the bytes of a file, or decoded pixels. */
export type ImageSource = string | Uint8Array | RgbImage;

/**
 * Decodes a photograph if necessary, and passes it to `use`. Only a few are decoded at the same time.
 *
 * @throws DataError as {@link readImage} and {@link decodeImage}
 */
export async function withRgb<Result>(
  image: ImageSource,
  options: DecodeOptions,
  use: (decoded: RgbImage) => Result,
): Promise<Result> {
  if (typeof image === 'string') return withImage(image, options, use);
  return 'pixels' in image ? use(image) : withDecoded(image, 'The image', options, use);
}

/**
 * Prepares an image for a network: decodes, resizes and normalises it. Training and prediction use the same steps.
 *
 * @returns [height, width, 3]
 * @throws DataError as {@link withRgb}
 */
export function prepareImage(
  image: ImageSource,
  preprocessing: Preprocessing,
  options: DecodeOptions = {},
): Promise<Float32Array> {
  return withRgb(image, options, (decoded) => {
    const prepared = new Float32Array(preprocessing.height * preprocessing.width * 3);
    normaliser(preprocessing)(resizeImage(decoded, preprocessing), prepared, 0);
    return prepared;
  });
}

import type { Preprocessing } from '@polytag/core';
import { withDecoded, withImage } from '#decode-image';
import type { DecodeOptions, RgbImage } from './decode-image.js';
import { normaliser } from './normalise.js';
import { resizeBilinear } from './resize-bilinear.js';

/**
 * One image as a network sees it: decoded, resized, normalised. Training and prediction share these steps. However many
 * are asked for at once, a few are decoded at a time.
 *
 * @param image a path, the bytes of a file, or decoded pixels
 * @returns [height, width, 3]
 * @throws DataError as {@link readImage} and {@link decodeImage}
 */
export async function prepareImage(
  image: string | Uint8Array | RgbImage,
  preprocessing: Preprocessing,
  options: DecodeOptions = {},
): Promise<Float32Array> {
  const prepare = (decoded: RgbImage) => {
    const prepared = new Float32Array(preprocessing.height * preprocessing.width * 3);
    normaliser(preprocessing)(resizeBilinear(decoded, preprocessing), prepared, 0);
    return prepared;
  };
  if (typeof image === 'string') return withImage(image, options, prepare);
  return 'pixels' in image ? prepare(image) : withDecoded(image, 'The image', options, prepare);
}

import type { Preprocessing } from '@polytag/core';
import { decodeImage, readImage } from '#decode-image';
import type { RgbImage } from './decode-image.js';
import { normaliser } from './normalise.js';
import { resizeBilinear } from './resize-bilinear.js';

/**
 * One image as a network sees it: decoded, resized, normalised. Training and prediction share these steps.
 *
 * @param image a path, the bytes of a file, or decoded pixels
 * @returns [height, width, 3]
 * @throws DataError as {@link readImage} and {@link decodeImage}
 */
export async function prepareImage(
  image: string | Uint8Array | RgbImage,
  preprocessing: Preprocessing,
): Promise<Float32Array> {
  const decoded =
    typeof image === 'string'
      ? await readImage(image)
      : 'pixels' in image
        ? image
        : await decodeImage(image, 'The image');
  const prepared = new Float32Array(preprocessing.height * preprocessing.width * 3);
  normaliser(preprocessing)(resizeBilinear(decoded, preprocessing), prepared, 0);
  return prepared;
}

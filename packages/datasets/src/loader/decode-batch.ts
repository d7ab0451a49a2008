import type { Preprocessing } from '@polytag/core';
import { augmentImage, type EpochAugmentation } from '../images/augment/augment-image.js';
import { readImage } from '../images/decode-image.js';
import { normaliser } from '../images/normalise.js';
import { resizeBilinear } from '../images/resize-bilinear.js';
import type { Mix } from './mix/draw-mix.js';
import { mixImages } from './mix/mix-images.js';
import { cachedPixels, keepPixels, type PixelCache } from './pixel-cache.js';

/** What a decoding thread needs to fill one batch. */
export interface BatchRequest {
  /** Positions of the images in the data set, which are their slots in the cache. */
  readonly indices: Uint32Array;
  readonly paths: readonly string[];
  /** What is seen of each image; `undefined`: the image as it is. */
  readonly views: readonly (EpochAugmentation | undefined)[];
  readonly mix?: Mix;
  readonly preprocessing: Preprocessing;
  readonly cache: PixelCache;
}

/** Images in the making at once: the decoder works on its own threads while this one resizes. */
const LANES = 4;

/**
 * Reads, decodes, resizes, augments and normalises the images of a batch, then mixes them.
 *
 * @returns [V·B, H, W, 3]: the first view of every image, then the second, and so on
 * @throws DataError of the first image of the batch that cannot be used
 */
export async function decodeBatch(request: BatchRequest): Promise<Float32Array> {
  const { paths, indices, preprocessing, cache, views, mix } = request;
  const { height, width } = preprocessing;
  const stride = height * width * 3;
  const images = new Float32Array(views.length * paths.length * stride);
  const write = normaliser(preprocessing);
  const failures: { readonly position: number; readonly error: unknown }[] = [];
  let next = 0;

  const lane = async () => {
    while (next < paths.length && failures.length === 0) {
      const position = next++;
      try {
        const pixels = await pixelsOf(paths[position], indices[position], preprocessing, cache);
        const image = { pixels, height, width };
        for (const [v, view] of views.entries()) {
          const seen = view ? augmentImage(image, indices[position], view) : image;
          write(seen.pixels, images, (v * paths.length + position) * stride);
        }
      } catch (error) {
        failures.push({ position, error });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  // Images start in order, so the first bad one is among the failures, whichever of them failed first.
  if (failures.length > 0) throw failures.sort((a, b) => a.position - b.position)[0].error;
  return mix ? mixImages(images, preprocessing, mix) : images;
}

async function pixelsOf(
  path: string,
  index: number,
  size: Preprocessing,
  cache: PixelCache,
): Promise<Uint8Array> {
  const cached = cachedPixels(cache, index);
  if (cached) return cached;
  const pixels = resizeBilinear(await readImage(path), size);
  keepPixels(cache, index, pixels);
  return pixels;
}

import { DataError, type Preprocessing } from '@polytag/core';
import { augmentImage, type EpochAugmentation } from '../images/augment/augment-image.js';
import type { DecodeOptions } from '../images/decode-image.js';
import { normaliser } from '../images/normalise.js';
import { withRgb } from '../images/prepare-image.js';
import { resizeImage } from '../images/resize-image.js';
import { refusalOf, type RefusedImage } from './bad-image.js';
import type { Mix } from './mix/draw-mix.js';
import { mixImages } from './mix/mix-images.js';
import { cachedPixels, keepPixels, type PixelCache } from './pixel-cache.js';

/** What a decoding thread needs to fill one batch. */
export interface BatchRequest extends DecodeOptions {
  /** Positions of the images in the data set, which are their slots in the cache. */
  readonly indices: Uint32Array;
  /** A file each: its path, or its bytes. */
  readonly files: readonly (string | Uint8Array)[];
  /** What is seen of each image; `undefined`: the image as it is. Of no views the images are decoded all the same. */
  readonly views: readonly (EpochAugmentation | undefined)[];
  readonly mix?: Mix;
  readonly preprocessing: Preprocessing;
  readonly cache: PixelCache;
  /** Goes on past images that cannot be used. */
  readonly skipBad?: boolean;
}

export interface DecodedBatch {
  /** [V·B, H, W, 3]: the first view of every image, then the second, and so on. Zeros for images that cannot be used. */
  readonly images: Float32Array;
  /** Images that cannot be used, by their positions in the batch. Without `skipBad` there are none, or the first. */
  readonly refused: readonly RefusedImage[];
}

/** Images in the making at once: the decoder works on its own threads while this one resizes. */
const LANES = 4;

/** Reads, decodes, resizes, augments and normalises the images of a batch, then mixes them. */
export async function decodeBatch(request: BatchRequest): Promise<DecodedBatch> {
  const { files, indices, preprocessing, views, mix, skipBad = false } = request;
  const { height, width } = preprocessing;
  const stride = height * width * 3;
  const images = new Float32Array(views.length * files.length * stride);
  const write = normaliser(preprocessing);
  const refused: RefusedImage[] = [];
  let next = 0;

  const lane = async () => {
    while (next < files.length && (skipBad || refused.length === 0)) {
      const position = next++;
      try {
        const pixels = await pixelsOf(files[position], indices[position], request);
        const image = { pixels, height, width };
        for (const [v, view] of views.entries()) {
          const seen = view ? augmentImage(image, indices[position], view) : image;
          write(seen.pixels, images, (v * files.length + position) * stride);
        }
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        refused.push({ position, ...refusalOf(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  refused.sort((a, b) => a.position - b.position);
  // Images start in order, so the first bad one is among the refused, whichever of them failed first.
  if (!skipBad && refused.length > 0) return { images, refused: refused.slice(0, 1) };
  return { images: mix ? mixImages(images, preprocessing, mix) : images, refused };
}

async function pixelsOf(
  file: string | Uint8Array,
  index: number,
  { preprocessing, cache, maxPixels }: BatchRequest,
): Promise<Uint8Array> {
  const cached = cachedPixels(cache, index);
  if (cached) return cached;
  const pixels = await withRgb(file, { maxPixels }, (image) => resizeImage(image, preprocessing));
  keepPixels(cache, index, pixels);
  return pixels;
}

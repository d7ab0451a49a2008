import type { Preprocessing } from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import type { EpochAugmentation } from '../images/augment/augment-image.js';
import { badImages, type BadImage } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { withoutRefused } from './without-refused.js';
import { pixelCache } from './pixel-cache.js';
import { readAhead } from './read-ahead.js';

export interface DecodeViewsOptions {
  readonly preprocessing: Preprocessing;
  /** Augmentation of each view; `undefined`: none. */
  readonly views: readonly (EpochAugmentation | undefined)[];
  /** Number of images decoded together. */
  readonly batchSize: number;
  /** Number of decoding threads; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  /** Number of batches decoded ahead. Default 2. */
  readonly prefetchBatches?: number;
  /** Maximum number of pixels of an image; see `DecodeOptions`. */
  readonly maxPixels?: number;
  /** Called for each unusable image, which is skipped. Default: the first one is an error. */
  readonly onBadImage?: (bad: BadImage) => void;
}

/** Images of a data set, each in every view. */
export interface DecodedViews {
  /** Indices of the B images in their data set. */
  readonly indices: Uint32Array;
  /** [V, B, H, W, 3]: the first view of all of them, then the second, and so on. */
  readonly images: Float32Array;
}

/**
 * Decodes each image once and returns several views of it, in the order of `indices`. Memory holds at most
 * `prefetchBatches` + 1 batches.
 *
 * @throws DataError without `onBadImage`: for the first unusable image
 */
export async function* decodeViews(
  { images }: LabelledDataset,
  indices: Uint32Array,
  options: DecodeViewsOptions,
): AsyncGenerator<DecodedViews, void, undefined> {
  const {
    preprocessing,
    views,
    batchSize,
    workers = 1,
    prefetchBatches = 2,
    maxPixels,
    onBadImage,
  } = options;
  const decoder = batchDecoder(workers);
  const nothingKept = pixelCache(0, preprocessing.height * preprocessing.width * 3, 0);
  const batch = async (b: number): Promise<DecodedViews> => {
    const chosen = indices.slice(b * batchSize, (b + 1) * batchSize);
    const files = Array.from(chosen, (index) => images[index].path);
    const request = { indices: chosen, files, preprocessing, views, cache: nothingKept, maxPixels };
    const decoded = await decoder.decode({ ...request, skipBad: onBadImage !== undefined });
    for (const bad of badImages(images, chosen, decoded.refused)) onBadImage?.(bad);
    return withoutRefused(chosen, decoded, views.length);
  };
  try {
    yield* readAhead(batch, 0, Math.ceil(indices.length / batchSize), prefetchBatches);
  } finally {
    await decoder.close();
  }
}

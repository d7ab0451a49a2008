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
  /** How each view changes the resized image; `undefined`: not at all. */
  readonly views: readonly (EpochAugmentation | undefined)[];
  /** Images that are decoded together. */
  readonly batchSize: number;
  /** Threads that decode; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  /** Batches that are decoded ahead. Default 2. */
  readonly prefetchBatches?: number;
  /** The most pixels an image may have; see `DecodeOptions`. */
  readonly maxPixels?: number;
  /** Told of each image that cannot be used, which is then left out. Default: the first such is an error. */
  readonly onBadImage?: (bad: BadImage) => void;
}

/** Some images of a data set, each in every view. */
export interface DecodedViews {
  /** Positions of the B images in their data set. */
  readonly indices: Uint32Array;
  /** [V, B, H, W, 3]: the first view of all of them, then the second, and so on. */
  readonly images: Float32Array;
}

/**
 * Decodes each of some images once and gives several views of it, in the order of `indices`. Memory holds
 * `prefetchBatches` + 1 batches at most.
 *
 * @throws DataError without `onBadImage`: of the first image that cannot be used
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

import type { Preprocessing } from '@polytag/core';
import type { AnnotatedDataset } from '../formats/annotated-dataset.js';
import type { EpochAugmentation } from '../images/augment/augment-image.js';
import { batchDecoder } from './batch-decoder.js';
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
 * @throws DataError of the first image that cannot be used
 */
export async function* decodeViews(
  { images }: AnnotatedDataset,
  indices: Uint32Array,
  { preprocessing, views, batchSize, workers = 1, prefetchBatches = 2 }: DecodeViewsOptions,
): AsyncGenerator<DecodedViews, void, undefined> {
  const decoder = batchDecoder(workers);
  const nothingKept = pixelCache(0, preprocessing.height * preprocessing.width * 3, 0);
  const batch = async (b: number): Promise<DecodedViews> => {
    const chosen = indices.slice(b * batchSize, (b + 1) * batchSize);
    const paths = Array.from(chosen, (index) => images[index].path);
    const request = { indices: chosen, paths, preprocessing, views, cache: nothingKept };
    return { indices: chosen, images: await decoder.decode(request) };
  };
  try {
    yield* readAhead(batch, 0, Math.ceil(indices.length / batchSize), prefetchBatches);
  } finally {
    await decoder.close();
  }
}

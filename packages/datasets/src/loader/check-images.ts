import { InterruptedError } from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import type { DecodeOptions } from '../images/decode-image.js';
import { badImages, type BadImage } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { DEFAULT_CACHE_BYTES, pixelCache, withoutSlots, type PixelCache } from './pixel-cache.js';
import { readAhead } from './read-ahead.js';

export interface CheckImagesOptions extends DecodeOptions {
  /** The size to keep pixels at, which is that of the loader that is to have them. Default: none are kept. */
  readonly keep?: { readonly height: number; readonly width: number };
  /** Memory for what is kept. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** Threads that decode; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with the images done. */
  readonly report?: (done: number) => void;
}

export interface CheckedImages {
  /** Images that cannot be used, in the order of the data set. */
  readonly bad: readonly BadImage[];
  /** The data set without them. */
  readonly usable: LabelledDataset;
  /** Pixels of usable images, for `openLoader`. */
  readonly cache: PixelCache;
}

/** Images of one piece of work; two threads have two each. */
const TOGETHER = 16;

/**
 * Decodes every image of a data set to find those that cannot be used. What it keeps of the others spares the first
 * epoch their decoding.
 *
 * @throws InterruptedError `training/interrupted`
 */
export async function checkImages(
  dataset: LabelledDataset,
  { keep, cacheBytes = DEFAULT_CACHE_BYTES, workers = 1, maxPixels, signal, report }: CheckImagesOptions = {},
): Promise<CheckedImages> {
  const { images } = dataset;
  const size = keep ?? { height: 1, width: 1 };
  // Nothing is normalised: no view of an image is made.
  const preprocessing = { ...size, normalisation: { mean: [0, 0, 0], std: [1, 1, 1] } } as const;
  const cache = pixelCache(images.length, size.height * size.width * 3, keep ? cacheBytes : 0);
  const decoder = batchDecoder(workers);
  const bad: BadImage[] = [];
  let done = 0;
  const check = async (piece: number) => {
    const first = piece * TOGETHER;
    const some = images.slice(first, first + TOGETHER);
    const indices = Uint32Array.from(some, (_, i) => first + i);
    const paths = some.map(({ path }) => path);
    const request = { indices, paths, views: [], preprocessing, cache, maxPixels, skipBad: true };
    return { count: some.length, bad: badImages(images, indices, (await decoder.decode(request)).refused) };
  };
  try {
    const pieces = Math.ceil(images.length / TOGETHER);
    for await (const found of readAhead(check, 0, pieces, 2 * Math.max(1, decoder.workers))) {
      if (signal?.aborted) throw new InterruptedError('training/interrupted', 'Checking images was stopped.');
      bad.push(...found.bad);
      report?.((done += found.count));
    }
  } finally {
    await decoder.close();
  }
  if (bad.length === 0) return { bad, usable: dataset, cache };
  const removed = new Set(bad.map(({ index }) => index));
  return {
    bad,
    usable: { ...dataset, images: images.filter((_, index) => !removed.has(index)) },
    cache: withoutSlots(cache, removed),
  };
}

import { InterruptedError, type ResizeRule } from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import type { DecodeOptions } from '../images/decode-image.js';
import { badImages, type BadImage } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { GoodImages, goodImageKey } from './good-images.js';
import { DEFAULT_CACHE_BYTES, pixelCache, withoutSlots, type PixelCache } from './pixel-cache.js';
import { readAhead } from './read-ahead.js';

export interface CheckImagesOptions extends DecodeOptions {
  /** How to keep pixels: with the same resize as the loader that will use them. Default: none are kept. */
  readonly keep?: ResizeRule;
  /**
   * File that remembers usable images by content, so that they are not decoded again. No effect if pixels are kept.
   * Default: none.
   */
  readonly remember?: string;
  /** Memory for kept pixels. Default 256 MiB. */
  readonly cacheBytes?: number;
  /** Number of decoding threads; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  readonly signal?: AbortSignal;
  /** Called with the number of images done. */
  readonly report?: (done: number) => void;
}

export interface CheckedImages {
  /** Unusable images, in the order of the data set. */
  readonly bad: readonly BadImage[];
  /** The data set without them. */
  readonly usable: LabelledDataset;
  /** Pixels of usable images, for `openLoader`. */
  readonly cache: PixelCache;
}

/** Images of one piece of work; two threads have two each. */
const TOGETHER = 16;

/**
 * Decodes every image of a data set to find unusable ones. Pixels that it keeps need not be decoded again in the first
 * epoch.
 *
 * @throws InterruptedError `training/interrupted`
 */
export async function checkImages(
  dataset: LabelledDataset,
  options: CheckImagesOptions = {},
): Promise<CheckedImages> {
  const { keep, cacheBytes = DEFAULT_CACHE_BYTES, workers = 1, maxPixels, signal, report } = options;
  const good = options.remember === undefined || keep ? undefined : await GoodImages.from(options.remember);
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
    const keys = new Map<number, string | undefined>();
    if (good)
      for (const [i, { path }] of some.entries())
        keys.set(first + i, await goodImageKey(path, { maxPixels }));
    const indices = Uint32Array.from(some.keys(), (i) => first + i).filter(
      (index) => !good?.has(keys.get(index) ?? ''),
    );
    if (indices.length === 0) return { count: some.length, bad: [] };
    const files = Array.from(indices, (index) => images[index].path);
    const request = { indices, files, views: [], preprocessing, cache, maxPixels, skipBad: true };
    const found = badImages(images, indices, (await decoder.decode(request)).refused);
    const refused = new Set(found.map(({ index }) => index));
    for (const [index, key] of keys) if (key !== undefined && !refused.has(index)) good?.add(key);
    return { count: some.length, bad: found };
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
    // Also of a check that was stopped.
    await good?.save();
  }
  if (bad.length === 0) return { bad, usable: dataset, cache };
  const removed = new Set(bad.map(({ index }) => index));
  return {
    bad,
    usable: { ...dataset, images: images.filter((_, index) => !removed.has(index)) },
    cache: withoutSlots(cache, removed),
  };
}

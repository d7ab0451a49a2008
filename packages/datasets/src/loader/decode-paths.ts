import type { DataError, Preprocessing } from '@polytag/core';
import type { ListedImage } from '../image-paths/listed-image.js';
import { errorOf } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { inGroups, mapAhead } from './map-ahead.js';
import { pixelCache } from './pixel-cache.js';
import { withoutRefused } from './without-refused.js';

export interface DecodePathsOptions {
  readonly preprocessing: Preprocessing;
  /** Images that are decoded together. */
  readonly batchSize: number;
  /** Threads that decode; see `LoaderOptions`. Default 1. */
  readonly workers?: number;
  /** The most pixels an image may have; see `DecodeOptions`. */
  readonly maxPixels?: number;
}

/** Some photographs, ready for a network. */
export interface DecodedPaths<Item> {
  readonly items: readonly Item[];
  /** Of each item: why it cannot be used, or undefined where it can. */
  readonly errors: readonly (DataError | undefined)[];
  /** [U, H, W, 3]: those that can be used, resized and normalised, in their order. */
  readonly images: Float32Array;
}

/**
 * Decodes photographs whose paths come one by one, in any number, ahead of their use. Two batches are with each decoding
 * thread, one in the making and one to go on with, so that a thread never waits for this one; with one more that is ready
 * that is all that memory holds.
 *
 * @param items those with an error are not read: it is passed on
 */
export async function* decodePaths<Item extends ListedImage>(
  items: AsyncIterable<Item>,
  { preprocessing, batchSize, workers = 1, maxPixels }: DecodePathsOptions,
): AsyncGenerator<DecodedPaths<Item>, void, undefined> {
  const decoder = batchDecoder(workers);
  const nothingKept = pixelCache(0, preprocessing.height * preprocessing.width * 3, 0);
  const decode = async (group: readonly Item[]): Promise<DecodedPaths<Item>> => {
    const errors = group.map(({ error }) => error);
    const positions = [...group.keys()].filter((position) => !errors[position]);
    const paths = positions.map((position) => group[position].path);
    const indices = Uint32Array.from(positions.keys());
    const request = { indices, paths, preprocessing, views: [undefined], cache: nothingKept, maxPixels };
    const decoded = await decoder.decode({ ...request, skipBad: true });
    for (const refusal of decoded.refused) errors[positions[refusal.position]] = errorOf(refusal);
    return { items: group, errors, images: withoutRefused(indices, decoded, 1).images };
  };
  try {
    yield* mapAhead(inGroups(items, batchSize), decode, 2 * Math.max(decoder.workers, 1) + 1);
  } finally {
    await decoder.close();
  }
}

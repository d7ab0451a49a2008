import type { DataError } from '@polytag/core';
import type { ListedImage } from '../image-paths/listed-image.js';
import { imageDecoder, type ImageDecoderOptions } from './image-decoder.js';
import { inGroups, mapAhead } from './map-ahead.js';

export interface DecodePathsOptions extends ImageDecoderOptions {
  /** Images that are decoded together. */
  readonly batchSize: number;
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
  { batchSize, ...options }: DecodePathsOptions,
): AsyncGenerator<DecodedPaths<Item>, void, undefined> {
  const decoder = imageDecoder(options);
  const decode = async (group: readonly Item[]): Promise<DecodedPaths<Item>> => {
    const errors = group.map(({ error }) => error);
    const positions = [...group.keys()].filter((position) => !errors[position]);
    const decoded = await decoder.decode(positions.map((position) => group[position].path));
    decoded.errors.forEach((error, i) => (errors[positions[i]] = error));
    return { items: group, errors, images: decoded.images };
  };
  try {
    yield* mapAhead(inGroups(items, batchSize), decode, 2 * Math.max(decoder.workers, 1) + 1);
  } finally {
    await decoder.close();
  }
}

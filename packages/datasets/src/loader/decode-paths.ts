import type { DataError } from '@polytag/core';
import type { ListedImage } from '../image-paths/listed-image.js';
import { imageDecoder, type ImageDecoderOptions } from './image-decoder.js';
import { inGroups, mapAhead } from './map-ahead.js';

export interface DecodePathsOptions extends ImageDecoderOptions {
  /** Number of images decoded together. */
  readonly batchSize: number;
}

/** Photographs ready for a network. */
export interface DecodedPaths<Item> {
  readonly items: readonly Item[];
  /** For each item the reason why it is unusable, or undefined. */
  readonly errors: readonly (DataError | undefined)[];
  /** [U, H, W, 3]: the usable images, resized and normalised, in order. */
  readonly images: Float32Array;
}

/**
 * Decodes a stream of photographs ahead of their use. Each decoding thread has two batches, so that it never waits; one
 * more is ready. Memory holds no others.
 *
 * @param items items with an error are not read; the error is passed on
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

import type { DataError } from '@polytag/core';
import type { ListedImage } from '../image-paths/listed-image.js';
import { imageDecoder, type ImageDecoder, type ImageDecoderOptions } from './image-decoder.js';
import { inGroups, mapAhead } from './map-ahead.js';

export interface DecodePathsOptions extends ImageDecoderOptions {
  /** Number of images decoded together. */
  readonly batchSize: number;
  /** One that is open already, and stays open; the other options are then its own. Default: one for these photographs. */
  readonly decoder?: ImageDecoder;
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
  { batchSize, decoder: given, ...options }: DecodePathsOptions,
): AsyncGenerator<DecodedPaths<Item>, void, undefined> {
  const decoder = given ?? imageDecoder(options);
  const decode = async (group: readonly Item[]): Promise<DecodedPaths<Item>> => {
    const errors = group.map(({ error }) => error);
    const positions = [...group.keys()].filter((position) => !errors[position]);
    const decoded = await decoder.decode(positions.map((position) => group[position].path));
    decoded.errors.forEach((error, i) => (errors[positions[i]] = error));
    return { items: group, errors, images: decoded.images };
  };
  try {
    yield* mapAhead(
      inGroups(items, batchSize, given && firstSizes(batchSize)),
      decode,
      2 * Math.max(decoder.workers, 1) + 1,
    );
  } finally {
    if (!given) await decoder.close();
  }
}

/** A network that is ready should not wait until a whole batch is decoded. */
const firstSizes = (batchSize: number): number[] =>
  [8, 8, 4, 4, 2, 2].map((part) => Math.ceil(batchSize / part));

import { availableParallelism } from 'node:os';
import type { DataError, ImageSize, Preprocessing } from '@polytag/core';
import { decodePaths, mapAhead, type ImageDecoder, type ListedImage } from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import { mirrorImages } from '../mirror-images.js';
import type { ImageNetwork, NetworkResult } from './image-network.js';
import { openReplicas } from './open-replicas.js';

export interface RunNetworkOptions {
  /** Folder of the model, for replicas. */
  readonly model: string;
  readonly allowModules?: boolean;
  readonly maxPixels?: number;
  /** Number of decoding threads. Default: one per core. */
  readonly workers?: number;
  /** Number of copies of the model, each on a thread. Default 1. */
  readonly replicas?: number;
  /** Whether to run the network on the mirror image of each photograph too. Default false. */
  readonly mirror?: boolean;
}

/** Result for a photograph, or the reason why it cannot be used. */
export type NetworkRow<Item> =
  | { readonly item: Item; readonly error: DataError }
  | {
      readonly item: Item;
      readonly error?: undefined;
      /** One row per requested result. */
      readonly rows: readonly Float32Array[];
      /** The same for the mirror image, if requested. */
      readonly mirrored?: readonly Float32Array[];
    };

/** Pixels that are decoded, and given to the network, at once: 16 images of 224 x 224; and the most images. */
const [PIXELS, MOST] = [16 * 224 ** 2, 32];

/** Number of images of a size to compute at once. More are not faster and need more memory. */
export const imagesAtOnce = ({ height, width }: ImageSize): number =>
  Math.min(MOST, Math.max(1, Math.floor(PIXELS / (height * width))));

/**
 * Runs the network on many photographs, in batches, while all cores decode ahead. Results are in the order of the
 * photographs. Memory holds only a few batches.
 *
 * @param results the results to compute; each photograph has one row for each
 */
export function runNetwork<Item extends ListedImage>(
  model: MultiLabelModel,
  items: AsyncIterable<Item>,
  results: readonly NetworkResult[],
  { model: folder, allowModules, replicas = 1, ...options }: RunNetworkOptions,
): AsyncGenerator<NetworkRow<Item>[], void, undefined> {
  const open = (count: number) => openReplicas(model, { folder, allowModules, results, count });
  return runImages(open, items, { ...options, preprocessing: model.preprocessing, lanes: replicas });
}

export interface RunImagesOptions {
  readonly preprocessing: Preprocessing;
  /** Number of batches that the network computes at once. */
  readonly lanes: number;
  readonly maxPixels?: number;
  /** Number of decoding threads. Default: one per core. */
  readonly workers?: number;
  /** As {@link RunNetworkOptions.mirror}. */
  readonly mirror?: boolean;
  /** One that is open already, for several lists one after the other; `workers` and `maxPixels` are then its own. */
  readonly decoder?: ImageDecoder;
}

/**
 * Like {@link runNetwork}, for any network.
 *
 * @param open creates the network for a number of simultaneous batches; with few photographs this is one
 */
export async function* runImages<Item extends ListedImage>(
  open: (lanes: number) => ImageNetwork,
  items: AsyncIterable<Item>,
  { preprocessing, maxPixels, mirror, decoder, ...options }: RunImagesOptions,
): AsyncGenerator<NetworkRow<Item>[], void, undefined> {
  const { height, width } = preprocessing;
  const batchSize = imagesAtOnce(preprocessing);
  const { first, all } = await peek(items, batchSize);
  // To start a thread takes longer than a few photographs.
  const isShort = first.length < batchSize;
  const { workers = availableParallelism(), lanes } = isShort ? { workers: 0, lanes: 1 } : options;
  const network = open(lanes);
  try {
    const decoded = decodePaths(all, { preprocessing, batchSize, workers, maxPixels, decoder });
    yield* mapAhead(
      decoded,
      async ({ items: some, errors, images }) => {
        const size = errors.filter((error) => !error).length;
        const batch = { inputs: images, shape: [size, height, width, 3] };
        // The images go to the thread of a replica: their mirror images are made before.
        const turned = mirror && size > 0 ? mirrorImages(batch) : undefined;
        const computed = size > 0 ? await network.run(batch) : [];
        const mirrored = turned && (await network.run(turned));
        let row = 0;
        return some.map((item, i): NetworkRow<Item> => {
          const error = errors[i];
          if (error) return { item, error };
          const at = row++;
          const rowsOf = (values: readonly Float32Array[]) => values.map((one) => rowOf(one, at, size));
          return { item, rows: rowsOf(computed), ...(mirrored && { mirrored: rowsOf(mirrored) }) };
        });
      },
      lanes > 1 ? lanes + 1 : 1,
    );
  } finally {
    await network.close();
  }
}

/** The first items, at most `count`, and all of them once more. */
async function peek<Item>(items: AsyncIterable<Item>, count: number) {
  const iterator = items[Symbol.asyncIterator]();
  const first: Item[] = [];
  while (first.length < count) {
    const next = await iterator.next();
    if (next.done) break;
    first.push(next.value);
  }
  async function* all(): AsyncGenerator<Item, void, undefined> {
    yield* first;
    yield* { [Symbol.asyncIterator]: () => iterator };
  }
  return { first, all: all() };
}

function rowOf(values: Float32Array, row: number, rows: number): Float32Array {
  const length = values.length / rows;
  return values.subarray(row * length, (row + 1) * length);
}

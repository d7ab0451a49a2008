import {
  builtInSource,
  UsageError,
  validate,
  type Batch,
  type BatchSource,
  type Preprocessing,
} from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import {
  augmentationSchema,
  type Augmentation,
  type AugmentationInput,
} from '../images/augment/augmentation-settings.js';
import { badImages, type BadImage } from './bad-image.js';
import { batchDecoder } from './batch-decoder.js';
import { batchPlan, type BatchPlanOptions, type PlannedBatch } from './batch-plan.js';
import { drawMix } from './mix/draw-mix.js';
import { mixTargets } from './mix/mix-targets.js';
import { DEFAULT_CACHE_BYTES, pixelCache, type PixelCache } from './pixel-cache.js';
import { readAhead } from './read-ahead.js';
import { withoutRefused } from './without-refused.js';

export interface LoaderOptions extends BatchPlanOptions {
  readonly preprocessing: Preprocessing;
  /** Probability of mirroring an image left to right, drawn from the seed of `shuffle`. Default 0. */
  readonly flipProbability?: number;
  /** Other augmentation, drawn from the seed of `shuffle`; see `augmentationSchema`. Default: none. */
  readonly augment?: AugmentationInput;
  /**
   * Number of decoding threads, at most one per core. Default 1. With 0, or if the package runs from its TypeScript
   * source, this thread decodes.
   */
  readonly workers?: number;
  /** Number of batches decoded ahead. Default 2. */
  readonly prefetchBatches?: number;
  /**
   * Memory for resized images, so that later epochs need not decode them again; allocated as needed. Default 256 MiB;
   * use 0 for a single pass.
   */
  readonly cacheBytes?: number;
  /** Pixels kept by `checkImages`, used instead of `cacheBytes`. */
  readonly cache?: PixelCache;
  /** Maximum number of pixels of an image; see `DecodeOptions`. */
  readonly maxPixels?: number;
  /**
   * Called for each unusable image, in every epoch. Its batch is then smaller, or skipped if it is empty. Default: the
   * first one is an error.
   */
  readonly onBadImage?: (bad: BadImage) => void;
}

export interface Loader extends BatchSource {
  readonly batchSize: number;
  /** Number of decoding threads; 0 if this thread decodes. */
  readonly workers: number;
}

/**
 * Loads a data set in batches, decoding ahead of their use. The order of epoch e is drawn from the stream `shuffle/e`,
 * augmentation from `flip/e/i`, `cutout/e/i` and so on (i is the image's index in the data set), mixing of batch b from
 * `mix/e/b` (of a later share of it `mix/e/b/share`). So every batch depends only on the data set, the options and (epoch, batch), whatever the number of
 * threads.
 *
 * @throws UsageError `usage/loader-option`, `usage/invalid`, `usage/unknown-key`; an epoch throws, without
 * `onBadImage`, the DataError of an unusable image
 * @example
 * const loader = openLoader(dataset, { preprocessing: model.preprocessing, batchSize: 64, shuffle: { seed: 5 }, dropLast: true });
 * for await (const { inputs, shape, targets } of loader.epoch(0)) console.log(shape); // [64, 224, 224, 3]
 * await loader.close();
 */
export function openLoader(dataset: LabelledDataset, options: LoaderOptions): Loader {
  checkOptions(options);
  const { preprocessing, flipProbability = 0, prefetchBatches = 2, maxPixels, onBadImage } = options;
  const augment = validate(augmentationSchema, options.augment ?? {}, { source: 'loader', path: 'augment' });
  const seed = options.shuffle?.seed;
  const changing = seedOfChanges(augment, flipProbability, seed);
  const plan = batchPlan(dataset, options);
  const { labels, size, batchSize, batchesPerEpoch } = plan;
  const { height, width } = preprocessing;
  const cache =
    options.cache ?? pixelCache(size, height * width * 3, options.cacheBytes ?? DEFAULT_CACHE_BYTES);
  const decoder = batchDecoder(options.workers ?? 1);
  let closed = false;

  async function makeBatch(epoch: number, batch: number, { indices, part }: PlannedBatch): Promise<Batch> {
    const augmentation = changing && { ...changing, augment, flipProbability, epoch };
    const mix =
      augmentation && augment.mix
        ? drawMix(
            augment.mix,
            { ...augmentation, batch, share: options.share?.index },
            indices.length,
            preprocessing,
          )
        : undefined;
    const decoded = await decoder.decode({
      indices,
      files: Array.from(indices, (index) => dataset.images[index].path),
      preprocessing,
      cache,
      views: [augmentation],
      mix,
      maxPixels,
      skipBad: onBadImage !== undefined,
    });
    for (const bad of badImages(dataset.images, indices, decoded.refused)) onBadImage?.(bad);
    const left = withoutRefused(indices, decoded, 1);
    const own = plan.targetsOf(left.indices);
    const targets = mix ? mixTargets(own, labels.size, mix) : own;
    return {
      inputs: left.images,
      shape: [left.indices.length, height, width, 3],
      targets,
      indices: left.indices,
      ...(part && { part }),
    };
  }

  async function* batches(epoch: number, fromBatch: number): AsyncGenerator<Batch, void, undefined> {
    const planned = plan.batchesOf(epoch);
    const batch = (b: number) => makeBatch(epoch, b, planned(b));
    for await (const made of readAhead(batch, fromBatch, batchesPerEpoch, prefetchBatches)) {
      if (made.shape[0] > 0) yield made;
    }
  }

  return builtInSource({
    labels,
    kind: 'images',
    size,
    batchSize,
    batchesPerEpoch,
    workers: decoder.workers,
    epoch(epoch, { fromBatch = 0 } = {}) {
      if (closed) throw new UsageError('usage/loader-closed', 'The loader is closed; open another one.');
      return batches(epoch, fromBatch);
    },
    close: async () => {
      closed = true;
      await decoder.close();
    },
  });
}

function checkOptions(options: LoaderOptions): void {
  const { preprocessing, flipProbability = 0 } = options;
  if (options.onBadImage && options.shuffle) {
    throw new UsageError(
      'usage/loader-option',
      'onBadImage and shuffle cannot be combined: batches that shrink as they are read are for evaluation.',
      { hint: 'Find bad images with checkImages first, and open the loader without them.' },
    );
  }
  const wholeNumbers = [
    ['preprocessing.height', preprocessing.height, 1],
    ['preprocessing.width', preprocessing.width, 1],
    ['batchSize', options.batchSize, 1],
    ['workers', options.workers, 0],
    ['prefetchBatches', options.prefetchBatches, 1],
    ['maxImages', options.maxImages, 1],
    ['cacheBytes', options.cacheBytes, 0],
    ['maxPixels', options.maxPixels, 1],
  ] as const;
  for (const [name, value, least] of wholeNumbers) {
    if (value !== undefined && !(Number.isInteger(value) && value >= least)) {
      throw new UsageError(
        'usage/loader-option',
        `${name} must be a whole number of at least ${least} (got ${value}).`,
      );
    }
  }
  if (!(flipProbability >= 0 && flipProbability <= 1)) {
    throw new UsageError(
      'usage/loader-option',
      `flipProbability must be between 0 and 1 (got ${flipProbability}).`,
    );
  }
}

/** The seed that changes of images are drawn from; undefined when nothing changes them. */
function seedOfChanges(
  augment: Augmentation,
  flipProbability: number,
  seed: number | undefined,
): { readonly seed: number } | undefined {
  if (flipProbability === 0 && Object.values(augment).every((settings) => settings === false))
    return undefined;
  if (seed !== undefined) return { seed };
  throw new UsageError('usage/loader-option', 'flipProbability and augment need the seed of "shuffle".', {
    hint: 'Set shuffle: { seed }, or leave them out.',
  });
}

import {
  DataError,
  imagesOfShare,
  RandomStream,
  UsageError,
  type BatchPart,
  type LabelVocabulary,
  type Share,
} from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import { writeTargets } from '../dataset/targets-of.js';
import { epochLength, repeatedImages, repeatFactors, type BalancedSampling } from './repeat-factors.js';

export interface BatchPlanOptions {
  /** Number of images per batch; a smaller data set makes smaller batches. */
  readonly batchSize: number;
  /** Seed of a new order in every epoch. Default: the order of the data set. */
  readonly shuffle?: { readonly seed: number };
  /**
   * Repeats images of rare labels, drawn from the seed of `shuffle`. Epochs become longer. Default: each image once.
   */
  readonly balanced?: BalancedSampling;
  /** Whether to drop the last batch of an epoch if it is not full, for training. Default false. */
  readonly dropLast?: boolean;
  /** Uses only the first images of the data set. Default: all. */
  readonly maxImages?: number;
  /** Only this share of each batch, for training on several machines. Default: all of it. */
  readonly share?: Share;
}

/** Which images a batch has. */
export interface PlannedBatch {
  /** Their positions in the data set. */
  readonly indices: Uint32Array;
  /** Of a share: the batch that it is a part of. */
  readonly part?: BatchPart;
}

/** Which images form which batch, and their targets. */
export interface BatchPlan {
  readonly labels: LabelVocabulary;
  /** Total number of images. */
  readonly size: number;
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /**
   * Indices of the images of each batch of an epoch. Their order is drawn from the stream `shuffle/<epoch>`; with
   * `balanced` from `balanced/<epoch>`, which also decides how often an image occurs.
   */
  batchesOf(epoch: number): (batch: number) => PlannedBatch;
  /** [B, K]: 1 for each label of an image, −1 for each that is unknown. */
  targetsOf(indices: Uint32Array): Float32Array;
}

/**
 * Plans the batches of a data set.
 *
 * @throws DataError `data/empty-set`; UsageError `usage/loader-option` for `balanced` without `shuffle`, or with a
 * wrong threshold
 */
export function batchPlan(dataset: LabelledDataset, options: BatchPlanOptions): BatchPlan {
  const { labels, images } = dataset;
  const size = Math.min(images.length, options.maxImages ?? Infinity);
  if (size === 0) throw new DataError('data/empty-set', `${dataset.source} has no images to load.`);
  const batchSize = Math.min(options.batchSize, size);
  const { length, orderOf } = epochsOf(dataset, size, options);
  const targetsOf = (indices: Uint32Array): Float32Array => {
    const targets = new Float32Array(indices.length * labels.size);
    indices.forEach((index, row) => writeTargets(images[index], targets, row * labels.size));
    return targets;
  };
  return {
    labels,
    size,
    batchSize,
    batchesPerEpoch: options.dropLast ? Math.floor(length / batchSize) : Math.ceil(length / batchSize),
    batchesOf(epoch) {
      const order = orderOf(epoch);
      return (batch) => {
        const whole = order.slice(batch * batchSize, (batch + 1) * batchSize);
        if (!options.share) return { indices: whole };
        const { from, to } = imagesOfShare(whole.length, options.share);
        const known = targetsOf(whole).reduce((count, target) => (target < 0 ? count : count + 1), 0);
        return {
          indices: whole.slice(from, to),
          part: { images: whole.length, known, before: from },
        };
      };
    },
    targetsOf,
  };
}

/** How many images an epoch has, and which, in their order. */
function epochsOf(
  { labels, images }: LabelledDataset,
  size: number,
  { shuffle, balanced }: BatchPlanOptions,
): { readonly length: number; readonly orderOf: (epoch: number) => Uint32Array } {
  if (!shuffle) {
    if (balanced) {
      throw new UsageError('usage/loader-option', 'balanced needs the seed of "shuffle".', {
        hint: 'Set shuffle: { seed }, or leave it out.',
      });
    }
    return { length: size, orderOf: () => Uint32Array.from({ length: size }, (_, i) => i) };
  }
  const stream = (name: string) => new RandomStream(shuffle.seed, name);
  if (!balanced) return { length: size, orderOf: (epoch) => stream(`shuffle/${epoch}`).permutation(size) };
  const factors = repeatFactors({ labels, images: images.slice(0, size) }, balanced);
  return {
    length: epochLength(factors),
    orderOf: (epoch) => repeatedImages(factors, stream(`balanced/${epoch}`)),
  };
}

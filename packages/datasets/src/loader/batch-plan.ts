import { DataError, RandomStream, type LabelVocabulary } from '@polytag/core';
import type { LabelledDataset } from '../dataset/labelled-dataset.js';
import { writeTargets } from '../dataset/targets-of.js';

export interface BatchPlanOptions {
  /** Images a batch; a smaller data set makes smaller batches. */
  readonly batchSize: number;
  /** A new order every epoch, drawn from this seed. Default: the order of the data set. */
  readonly shuffle?: { readonly seed: number };
  /** Leaves out the last batch of an epoch when it is not full: for training. Default false. */
  readonly dropLast?: boolean;
  /** Uses only the first images of the data set. Default: all. */
  readonly maxImages?: number;
}

/** Which images make which batch, and their targets. */
export interface BatchPlan {
  readonly labels: LabelVocabulary;
  /** Images in all. */
  readonly size: number;
  readonly batchSize: number;
  readonly batchesPerEpoch: number;
  /**
   * The positions in the data set of the images of each batch of an epoch. Their order is drawn from the stream
   * `shuffle/<epoch>`.
   */
  batchesOf(epoch: number): (batch: number) => Uint32Array;
  /** [B, K]: 1 for each label of an image, −1 for each that is unknown. */
  targetsOf(indices: Uint32Array): Float32Array;
}

/** @throws DataError `data/empty-set` */
export function batchPlan(dataset: LabelledDataset, options: BatchPlanOptions): BatchPlan {
  const { labels, images } = dataset;
  const size = Math.min(images.length, options.maxImages ?? Infinity);
  if (size === 0) throw new DataError('data/empty-set', `${dataset.source} has no images to load.`);
  const batchSize = Math.min(options.batchSize, size);
  return {
    labels,
    size,
    batchSize,
    batchesPerEpoch: options.dropLast ? Math.floor(size / batchSize) : Math.ceil(size / batchSize),
    batchesOf(epoch) {
      const order = epochOrder(size, epoch, options.shuffle?.seed);
      return (batch) => order.slice(batch * batchSize, (batch + 1) * batchSize);
    },
    targetsOf(indices) {
      const targets = new Float32Array(indices.length * labels.size);
      indices.forEach((index, row) => writeTargets(images[index], targets, row * labels.size));
      return targets;
    },
  };
}

function epochOrder(size: number, epoch: number, seed: number | undefined): Uint32Array {
  if (seed === undefined) return Uint32Array.from({ length: size }, (_, i) => i);
  return new RandomStream(seed, `shuffle/${epoch}`).permutation(size);
}

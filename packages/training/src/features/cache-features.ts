import { statfs } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { FileError, sizeText, UsageError, validate } from '@polytag/core';
import {
  augmentationSchema,
  batchPlan,
  type LabelledDataset,
  type AugmentationInput,
  type BatchPlanOptions,
} from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import { computeFeatures } from './compute-features.js';
import { featureKey } from './feature-key.js';
import { featureSource, type FeatureSource } from './feature-source.js';
import { FeatureStore } from './feature-store.js';
import { featureViews, plainViews, type FeatureViews } from './feature-views.js';
import type { FeaturesEvent } from './features-event.js';
import { hashImages } from './hash-images.js';

export interface CacheFeaturesOptions extends Pick<
  BatchPlanOptions,
  'batchSize' | 'shuffle' | 'balanced' | 'dropLast' | 'share'
> {
  /** Cache folder; it may hold features of any backbones and data sets. */
  readonly folder: string;
  /** Probability of mirroring an image, drawn from the seed of `shuffle`: both views are cached. Default 0. */
  readonly flipProbability?: number;
  /** Other augmentation, drawn from the seed of `shuffle`. Needs `views`. Default: none. */
  readonly augment?: AugmentationInput;
  /**
   * Number of augmented views of each image: those of the first n epochs of training on images. Epochs use them in
   * turn.
   */
  readonly views?: number;
  /** Maximum number of pixels of an image; see `DecodeOptions`. */
  readonly maxPixels?: number;
  /** Number of decoding threads. Default 1. */
  readonly workers?: number;
  /** Memory for features; the rest is read from disk for each batch. Default 1 GiB. */
  readonly memoryBytes?: number;
  readonly signal?: AbortSignal;
  readonly report?: (event: FeaturesEvent) => void;
}

const DEFAULT_MEMORY_BYTES = 2 ** 30;

/**
 * Runs the backbone of a model once over a data set, and returns batches of its feature maps. The maps are those of
 * inference (running statistics, folded batch norm), float32, and are stored in `folder`, identified by the backbone
 * with its weights, the preprocessing and the content of each image. After a change, only what changed is computed
 * again. If the head uses only the mean of the map, a map of one cell is stored. Order and mirroring are those of
 * `openLoader`. A process that dies loses at most the last minute.
 *
 * @throws UsageError `usage/features-augment` if the augmentation cannot be cached; `usage/loader-option`
 * @throws DataError for an unusable image
 * @throws FileError `file/ENOSPC` if the disk is full
 * @throws InterruptedError `training/interrupted` after the signal; computed features are kept
 * @example
 * const train = await cacheFeatures(model, trainSet, { folder: 'runs/features', batchSize: 64, shuffle: { seed: 3 }, dropLast: true });
 * await fit({ model, loss, train, folder: 'runs/head', seed: 3, settings: { epochs: 30 } });
 */
export async function cacheFeatures(
  model: MultiLabelModel,
  dataset: LabelledDataset,
  options: CacheFeaturesOptions,
): Promise<FeatureSource> {
  const { signal, report, memoryBytes = DEFAULT_MEMORY_BYTES } = options;
  const views = viewsOf(options);
  const plan = batchPlan(dataset, options);
  const folder = join(options.folder, await featureKey(model));
  const contents = await hashImages(dataset.images, {
    signal,
    maxPixels: options.maxPixels,
    report: (done) => report?.({ kind: 'hashing', done, total: dataset.images.length }),
  });
  const [, rows, columns, channels] = model.headInputs.outputs[0].shape as number[];
  const [height, width] = model.readsMean ? [1, 1] : [rows, columns];
  const means = model.readsMean;
  const store = new FeatureStore({ folder, shape: [rows, columns, channels], means, memoryBytes });
  const keyOf = (view: number, index: number) => views.all[view].keyOf(contents[index], index);
  try {
    const keys = new Set(contents.flatMap((_, index) => views.all.map((_view, v) => keyOf(v, index))));
    await store.find(keys);
    const missing = [...keys].filter((key) => !store.has(key)).length;
    const bytesToWrite = missing * store.mapBytes;
    report?.({
      kind: 'planned',
      images: plan.size,
      views: views.all.length,
      missing,
      folder,
      bytesToWrite,
      bytes: keys.size * store.mapBytes,
      damaged: store.damaged,
    });
    await requireRoom(options.folder, bytesToWrite);
    await computeFeatures(model, dataset, { ...options, views: views.all, keyOf, store, missing });
    return featureSource(
      store,
      { plan, views, keyOf, height, width, channels },
      missing,
      keys.size - missing,
    );
  } catch (error) {
    await store.close();
    throw error;
  }
}

function viewsOf({ augment = {}, flipProbability = 0, shuffle, views }: CacheFeaturesOptions): FeatureViews {
  const settings = validate(augmentationSchema, augment, { source: 'cacheFeatures', path: 'augment' });
  const changes = flipProbability > 0 || Object.values(settings).some((one) => one !== false);
  if (!changes) return plainViews;
  if (!shuffle) {
    throw new UsageError('usage/loader-option', 'flipProbability and augment need the seed of "shuffle".', {
      hint: 'Set shuffle: { seed }, or remove them.',
    });
  }
  return featureViews({ augment: settings, flipProbability, seed: shuffle.seed, views });
}

/** @throws FileError `file/ENOSPC` */
async function requireRoom(folder: string, bytes: number): Promise<void> {
  if (bytes === 0) return;
  const free = await freeBytes(resolve(folder));
  if (bytes <= free) return;
  throw new FileError(
    'file/ENOSPC',
    `The features need ${sizeText(bytes)}, but ${folder} has ${sizeText(free)} free.`,
    {
      hint: "Free some disk space, choose another folder (--set 'training.features={cache: FOLDER}'), or use fewer views or smaller images.",
    },
  );
}

/** Of the file system that a folder is, or will be, in. */
async function freeBytes(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const parent = dirname(folder);
    if (code !== 'ENOENT' || parent === folder) throw error;
    return freeBytes(parent);
  }
}

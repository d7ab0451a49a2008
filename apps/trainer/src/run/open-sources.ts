import type { BatchSource } from '@polytag/core';
import { openLoader, type LabelledDataset, type PixelCache } from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import type { RunConfig } from '../config/run-config.js';
import { featureSources } from './feature-sources.js';
import type { TrainRunOptions } from './train-run.js';

export interface RunData {
  readonly train: LabelledDataset;
  readonly validation?: LabelledDataset;
}

/** Pixels of the data that are decoded already. */
export type PixelCaches = { readonly [part in keyof RunData]?: PixelCache };

export interface RunSources {
  readonly train: BatchSource;
  readonly validation?: BatchSource;
}

/** What a run learns from, and is scored on: images that are decoded as it goes, or features that are cached. */
export async function openSources(
  config: RunConfig,
  data: RunData,
  model: MultiLabelModel,
  options: Pick<TrainRunOptions, 'folder' | 'resume' | 'signal' | 'progress'> & {
    readonly caches?: PixelCaches;
  },
): Promise<RunSources> {
  const { features, batchSize } = config.training;
  if (features) return featureSources(config, features, data, model, options);
  const { workers, prefetchBatches, flip, augment, maxPixels } = config.data;
  const { caches } = options;
  const loader = { preprocessing: model.preprocessing, workers, prefetchBatches, batchSize, maxPixels };
  const train = openLoader(data.train, {
    ...loader,
    cache: caches?.train,
    shuffle: { seed: config.seed },
    flipProbability: flip,
    augment,
    dropLast: true,
  });
  return {
    train,
    validation: data.validation && openLoader(data.validation, { ...loader, cache: caches?.validation }),
  };
}

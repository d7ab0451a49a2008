import type { BatchSource } from '@polytag/core';
import { openLoader, type AnnotatedDataset } from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import type { RunConfig } from '../config/run-config.js';
import { featureSources } from './feature-sources.js';
import type { TrainRunOptions } from './train-run.js';

export interface RunData {
  readonly train: AnnotatedDataset;
  readonly validation?: AnnotatedDataset;
}

export interface RunSources {
  readonly train: BatchSource;
  readonly validation?: BatchSource;
}

/** What a run learns from, and is scored on: images that are decoded as it goes, or features that are cached. */
export async function openSources(
  config: RunConfig,
  data: RunData,
  model: MultiLabelModel,
  options: Pick<TrainRunOptions, 'folder' | 'resume' | 'signal' | 'progress'>,
): Promise<RunSources> {
  const { features, batchSize } = config.training;
  if (features) return featureSources(config, features, data, model, options);
  const { workers, prefetchBatches, flip, augment } = config.data;
  const loader = { preprocessing: model.preprocessing, workers, prefetchBatches, batchSize };
  const train = openLoader(data.train, {
    ...loader,
    shuffle: { seed: config.seed },
    flipProbability: flip,
    augment,
    dropLast: true,
  });
  return { train, validation: data.validation && openLoader(data.validation, loader) };
}

import type { Progress } from '@polytag/cli';
import { type BatchSource, counted, sizeText, type Share } from '@polytag/core';
import { openLoader } from '@polytag/datasets';
import type { MultiLabelModel } from '@polytag/model';
import { cacheFeatures, loadCheckpointWeights, type FeaturesEvent, type RunFolder } from '@polytag/training';
import { balancedSampling, type RunConfig } from '../config/run-config.js';
import type { UsableData } from './bad-images.js';
import { featureFolder, type FeatureSettings } from './feature-folder.js';
import type { RunContext } from './run-context.js';
import type { RunData } from './run-data.js';

export interface RunSources {
  readonly train: BatchSource;
  readonly validation?: BatchSource;
}

/**
 * What a run learns from, and is scored on: images that are decoded as it goes, or features that are cached.
 *
 * @param share of each training batch. Default: all of it
 */
export async function openSources(
  config: RunConfig,
  { data, caches }: UsableData,
  model: MultiLabelModel,
  folder: RunFolder,
  context: RunContext,
  share?: Share,
): Promise<RunSources> {
  const { features, batchSize } = config.training;
  if (features) return featureSources(config, features, data, model, folder, context, share);
  const { workers, prefetchBatches, flip, augment, maxPixels } = config.data;
  const loader = { preprocessing: model.preprocessing, workers, prefetchBatches, batchSize, maxPixels };
  const train = openLoader(data.train, {
    ...loader,
    cache: caches?.train,
    shuffle: { seed: config.seed },
    balanced: balancedSampling(config.data),
    flipProbability: flip,
    augment,
    dropLast: true,
    share,
  });
  return {
    train,
    validation: data.validation && openLoader(data.validation, { ...loader, cache: caches?.validation }),
  };
}

/** The features of a run's images. Those of training and validation are in one cache. */
async function featureSources(
  { data, training: { batchSize }, seed }: RunConfig,
  features: FeatureSettings,
  { train, validation }: RunData,
  model: MultiLabelModel,
  { path, plan }: RunFolder,
  { signal, progress }: RunContext,
  share?: Share,
): Promise<RunSources> {
  // The backbone computes before the run takes its weights from the checkpoint.
  if (plan.kind === 'continue') await loadCheckpointWeights(model, plan.checkpoint);
  const { workers, flip, augment, maxPixels } = data;
  const options = {
    folder: featureFolder(features, path),
    batchSize,
    workers,
    maxPixels,
    signal,
  };
  const ofTrain = await cacheFeatures(model, train, {
    ...options,
    shuffle: { seed },
    balanced: balancedSampling(data),
    flipProbability: flip,
    augment,
    views: features.views,
    dropLast: true,
    share,
    report: showFeatures('training', progress),
  });
  if (!validation) return { train: ofTrain };
  try {
    const report = showFeatures('validation', progress);
    return { train: ofTrain, validation: await cacheFeatures(model, validation, { ...options, report }) };
  } catch (error) {
    await ofTrain.close();
    throw error;
  }
}

function showFeatures(part: string, progress: Progress): (event: FeaturesEvent) => void {
  return (event) => {
    if (event.kind === 'hashing') {
      progress.update({ label: `${part} images: reading`, done: event.done, total: event.total });
    } else if (event.kind === 'planned') {
      const { images, views, missing, bytes, bytesToWrite, damaged, folder } = event;
      const each = views === 1 ? '' : `, ${views} views each`;
      const rest = missing === 0 ? 'all in the cache' : `${missing} to compute, ${sizeText(bytesToWrite)}`;
      progress.line(
        `${part} features: ${counted(images, 'image')}${each}, ${sizeText(bytes)} in ${folder}: ${rest}`,
      );
      if (damaged > 0)
        progress.line(`  ${counted(damaged, 'damaged file', 'damaged files')} removed from the cache`);
    } else {
      progress.update({
        label: `${part} features`,
        done: event.done,
        total: event.total,
        rate: `${event.mapsPerSecond.toFixed(0)} images/s`,
        secondsLeft: event.secondsLeft,
      });
    }
  };
}

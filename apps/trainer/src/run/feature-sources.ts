import { dirname, join, resolve } from 'node:path';
import type { Progress } from '@polytag/cli';
import { UsageError } from '@polytag/core';
import type { MultiLabelModel } from '@polytag/model';
import { cacheFeatures, loadRunWeights, type FeaturesEvent } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import type { RunData, RunSources } from './open-sources.js';
import type { TrainRunOptions } from './train-run.js';

type FeatureSettings = Exclude<RunConfig['training']['features'], false>;

/**
 * What cannot be trained on cached features, told before any data is read.
 *
 * @throws UsageError `usage/features-augment`, `usage/features-auxiliary`
 */
export function checkFeatures({ data, mutual, training: { features } }: RunConfig): void {
  if (!features) return;
  if (mutual.models.length > 0) {
    throw new UsageError(
      'usage/features-auxiliary',
      'training.features caches what one backbone makes of the images, and the models of mutual.models have their own.',
      { hint: 'Set training.features to false, or leave mutual.models out.' },
    );
  }
  const changes = Object.entries(data.augment).filter(([, settings]) => settings !== false);
  const refused = changes.find(([name]) => name === 'mix' || features.views === undefined);
  if (!refused) return;
  const [name] = refused;
  throw new UsageError(
    'usage/features-augment',
    `data.augment.${name} makes images that training.features cannot cache: they are new in every epoch.`,
    {
      hint:
        name === 'mix'
          ? 'Set it to false, or train on images.'
          : 'Set it to false, or training.features.views: 4 (e.g.) to cache so many changed views of each image.',
    },
  );
}

/** The features of a run's images. Those of training and validation are in one cache. */
export async function featureSources(
  { data: { workers, flip, augment, maxPixels }, training: { batchSize }, seed }: RunConfig,
  { cache, views }: FeatureSettings,
  { train, validation }: RunData,
  model: MultiLabelModel,
  { folder, resume, signal, progress }: Pick<TrainRunOptions, 'folder' | 'resume' | 'signal' | 'progress'>,
): Promise<RunSources> {
  // The backbone computes before the run takes its weights from the checkpoint.
  if (resume) await loadRunWeights(model, folder);
  const options = {
    folder: cache ?? join(dirname(resolve(folder)), 'features'),
    batchSize,
    workers,
    maxPixels,
    signal,
  };
  const ofTrain = await cacheFeatures(model, train, {
    ...options,
    shuffle: { seed },
    ...{ flipProbability: flip, augment, views, dropLast: true },
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

const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(0)} MB`;

function showFeatures(part: string, progress: Progress): (event: FeaturesEvent) => void {
  return (event) => {
    if (event.kind === 'hashing') {
      progress.update({ label: `${part} images: reading`, done: event.done, total: event.total });
    } else if (event.kind === 'planned') {
      const { images, views, missing, bytes, bytesToWrite, damaged, folder } = event;
      const each = views === 1 ? '' : `, ${views} views each`;
      const rest = missing === 0 ? 'all there' : `${missing} to compute, ${megabytes(bytesToWrite)}`;
      progress.line(`${part} features: ${images} images${each}, ${megabytes(bytes)} in ${folder}: ${rest}`);
      if (damaged > 0) progress.line(`  ${damaged} damaged files of the cache were removed`);
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

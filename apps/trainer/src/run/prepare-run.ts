import { isAbsolute } from 'node:path';
import type { Progress } from '@polytag/cli';
import type { BatchSource, Loss } from '@polytag/core';
import { assertSameLabels, readLabelFile, type LabelledDataset } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { composes, resolvePart, type MultiLabelModel } from '@polytag/model';
import {
  checkRangeTestLength,
  hasCheckpoint,
  runExists,
  type AuxiliaryModel,
  type ReplicaModule,
} from '@polytag/training';
import { labelFilePath } from '../config/label-file-path.js';
import type { RunConfig } from '../config/run-config.js';
import {
  checkWithProgress,
  judgeBadImages,
  readSkipped,
  withoutSkipped,
  type SkippedImages,
} from './bad-images.js';
import { buildModels, knowledgeOf } from './build-models.js';
import { drawScenes } from './draw-scenes.js';
import { lookAlikeWarnings, overlapWarnings } from './data-warnings.js';
import { checkFeatures } from './feature-sources.js';
import { openSources, type PixelCaches, type RunData } from './open-sources.js';
import type { TrainRunOptions } from './train-run.js';

/** What a config describes, ready to train. */
export interface PreparedRun {
  readonly model: MultiLabelModel;
  readonly auxiliary: readonly AuxiliaryModel[];
  readonly loss: Loss;
  readonly train: BatchSource;
  /** What `train` makes batches of. */
  readonly trainImages: LabelledDataset;
  readonly validation?: BatchSource;
  /** What `validation` makes batches of. */
  readonly validationImages?: LabelledDataset;
  /** Images of the label files that it goes without. */
  readonly skipped: SkippedImages;
  /** How another thread builds the same. */
  readonly replica: ReplicaModule;
  /** The same without the auxiliary models. */
  readonly mainReplica: ReplicaModule;
  close(): Promise<void>;
}

/** Checks the parts, then chooses the engine, reads the data and builds the models. */
export async function prepareRun(
  config: RunConfig,
  options: Pick<TrainRunOptions, 'folder' | 'source' | 'baseFolder' | 'resume' | 'progress' | 'signal'>,
): Promise<PreparedRun> {
  const { folder, progress } = options;
  const loss = await loadParts(config, options);
  await useEngine(config.engine);

  await drawScenes(config.data, progress);
  const listed = await readData(config, progress);
  checkSearch(config, listed.train);
  const { data, skipped, caches } = await usableData(config, listed, options);
  // Fewer, where bad ones are left out.
  checkSearch(config, data.train);
  if (data.validation && !options.resume)
    for (const line of await overlapWarnings(data.train, data.validation)) progress.line(line);
  // What has no checkpoint begins from the initial weights, also when it is resumed.
  const resume = options.resume && (await hasCheckpoint(folder));
  const { models, replica, mainReplica } = await buildModels(config, knowledgeOf(data.train), {
    ...options,
    resume,
  });
  const [model, ...others] = models;
  if (!resume) tellCodeLeftBehind(models, progress);
  const { train, validation } = await openSources(config, data, model, { ...options, resume, caches });
  return {
    ...{ model, loss, train, validation, replica, mainReplica, trainImages: data.train, skipped },
    validationImages: data.validation,
    auxiliary: others.map((other, i) => ({ model: other, settings: config.mutual.models[i].training })),
    async close() {
      await train.close();
      await validation?.close();
      models.forEach((one) => one.dispose());
    },
  };
}

/** Own code that a saved model cannot take along is told before it is trained. */
function tellCodeLeftBehind(models: readonly MultiLabelModel[], progress: Progress): void {
  const parts = models.flatMap(({ parts: { backbone, head } }) => [backbone, head]);
  const left = new Set(
    parts.flatMap(({ module, code }) =>
      module !== undefined && isAbsolute(module) && !code ? [module] : [],
    ),
  );
  for (const module of left) {
    progress.line(
      `${module} needs what cannot be copied (files beside it, computed imports): a saved model names it by its path, ` +
        'and is loaded by a program that gives the part. A module of imports alone, or a package, goes with the model.',
    );
  }
}

/** Refuses a search for the learning rate for which there are too few images. */
function checkSearch({ training }: RunConfig, { images }: LabelledDataset): void {
  if (!training.findLearningRate || training.findLearningRate.mode !== 'range' || images.length === 0) return;
  const batchSize = Math.min(training.batchSize, images.length);
  checkRangeTestLength({ size: images.length, batchesPerEpoch: Math.floor(images.length / batchSize) });
}

/**
 * Loads every part that a config names, so that what cannot work is refused before any data is read.
 *
 * @returns the loss
 */
export async function loadParts(
  config: RunConfig,
  { source, baseFolder }: Pick<TrainRunOptions, 'source' | 'baseFolder'>,
): Promise<Loss> {
  checkFeatures(config);
  const place = { source, baseFolder };
  const { part: loss } = await resolvePart('loss', config.loss, place);
  for (const { head, backbone } of [config.model, ...config.mutual.models]) {
    composes((await resolvePart('head', head, place)).part, loss);
    await resolvePart('backbone', backbone, place);
  }
  return loss;
}

/**
 * The data of a run without the images that cannot be used. A run that has begun goes without those that it began
 * without, and they are not looked for again.
 *
 * @throws DataError as `judgeBadImages`
 */
async function usableData(
  config: RunConfig,
  listed: RunData,
  { folder, resume, progress, signal }: Pick<TrainRunOptions, 'folder' | 'resume' | 'progress' | 'signal'>,
): Promise<{ readonly data: RunData; readonly skipped: SkippedImages; readonly caches?: PixelCaches }> {
  if (resume && (await runExists(folder))) {
    const skipped = await readSkipped(folder);
    return { data: withoutSkipped(listed, skipped), skipped };
  }
  const { height, width, workers, maxPixels } = config.data;
  // Pixels are kept for the first epoch, which then does not decode them again; features are made once.
  const keep = config.training.features ? undefined : { height, width };
  const check = (dataset: LabelledDataset) =>
    checkWithProgress(dataset, { keep, workers, maxPixels, signal, progress });
  const train = await check(listed.train);
  const validation = listed.validation && (await check(listed.validation));
  const bad = { train: train.bad, validation: validation?.bad ?? [] };
  const skipped = judgeBadImages(config, listed, bad, progress);
  const count = skipped.train.length + skipped.validation.length;
  if (count > 0) progress.line(`going without ${count} images that cannot be used`);
  return {
    data: { train: train.usable, validation: validation?.usable },
    skipped,
    caches: keep && { train: train.cache, validation: validation?.cache },
  };
}

/** The label files of a config. */
export async function readData({ data }: RunConfig, progress: Progress): Promise<RunData> {
  const read = (file: string) =>
    readLabelFile(labelFilePath(data, file), { unknownLabels: data.unknownLabels, missingImages: 'keep' });
  const train = await read(data.train);
  progress.line(`training on ${train.images.length} images with ${train.labels.size} labels (${data.root})`);
  for (const line of lookAlikeWarnings(train.labels.names)) progress.line(line);
  const withoutLabels = train.images.filter(
    ({ labels, unknown }) => !labels.length && !unknown?.length,
  ).length;
  if (withoutLabels > 0) progress.line(`  ${withoutLabels} of them have no label: all-negative images`);
  if (data.val === null) return { train };
  const validation = await read(data.val);
  assertSameLabels(train, validation);
  return { train, validation };
}

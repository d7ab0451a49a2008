import { isAbsolute } from 'node:path';
import type { Progress } from '@polytag/cli';
import type { BatchSource, Loss } from '@polytag/core';
import { contentDigests, labelCounts, type LabelledDataset } from '@polytag/datasets';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { TrainedImages, type MultiLabelModel } from '@polytag/model';
import {
  checkRangeTestLength,
  checkValidation,
  type AuxiliaryModel,
  type ReplicaModule,
  type RunFolder,
  lossForLabels,
} from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import { NONE_SKIPPED, usableData, type SkippedImages, type UsableData } from './bad-images.js';
import { openSources } from './batch-sources.js';
import { buildModels, knowledgeOf } from './build-models.js';
import { overlapWarnings } from './data-warnings.js';
import type { RunContext } from './run-context.js';
import { drawScenes, readData, type RunData } from './run-data.js';

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

/**
 * Chooses the engine, reads the data and builds the models. What depends on how the run starts follows the plan of its
 * folder.
 *
 * @param given data that the caller has read and checked. Default: what the config names
 */
export async function prepareRun(
  config: RunConfig,
  loss: Loss,
  folder: RunFolder,
  context: RunContext,
  given?: RunData,
): Promise<PreparedRun> {
  const { progress } = context;
  const isContinued = folder.plan.kind === 'continue';
  await useConfiguredEngine(config);

  const usable: UsableData = given
    ? { data: given, skipped: NONE_SKIPPED }
    : await readUsable(config, loss, folder, context);
  const { data, skipped } = usable;
  // Fewer, where bad ones are left out.
  checkSearch(config, data);
  if (data.validation && !isContinued)
    for (const line of await overlapWarnings(data.train, data.validation)) progress.line(line);
  const { models, replica, mainReplica } = await buildModels(config, knowledgeOf(data.train), context, {
    // A run that goes on takes all weights from its checkpoint.
    initialWeights: !isContinued,
  });
  const [model, ...others] = models;
  if (!isContinued) tellCodeLeftBehind(models, progress);
  model.trainedOn = await trainedImages(data.train);
  const { train, validation } = await openSources(config, usable, model, folder, context);
  return {
    model,
    auxiliary: others.map((other, i) => ({ model: other, settings: config.mutual.models[i].training })),
    loss: lossForLabels(loss, labelCounts(data.train)),
    train,
    trainImages: data.train,
    validation,
    validationImages: data.validation,
    skipped,
    replica,
    mainReplica,
    async close() {
      await train.close();
      await validation?.close();
      models.forEach((one) => one.dispose());
    },
  };
}

/** The model folder keeps what tells whether images that the model is judged on are those that it learned from. */
async function trainedImages({ images }: LabelledDataset): Promise<TrainedImages> {
  const digests = await contentDigests(images.map(({ path }) => path));
  return TrainedImages.of(digests.filter((digest) => digest !== undefined));
}

async function readUsable(
  config: RunConfig,
  loss: Loss,
  folder: RunFolder,
  context: RunContext,
): Promise<UsableData> {
  await drawScenes(config.data, context.progress);
  const listed = await readData(config, context);
  // What it refuses is told before the images are looked at.
  lossForLabels(loss, labelCounts(listed.train));
  checkSearch(config, listed);
  return usableData(config, listed, folder, context);
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
      `${module} needs files that cannot be copied (files beside it, computed imports): a saved model refers to it by its path, ` +
        'and a program that loads the model must pass the part. A module that imports only packages is saved with the model.',
    );
  }
}

/** Refuses a search for the learning rate for which there are too few images, or none to compare trials on. */
export function checkSearch({ training }: RunConfig, { train: { images }, validation }: RunData): void {
  if (!training.findLearningRate || images.length === 0) return;
  if (training.findLearningRate.mode === 'tpe') return checkValidation(validation);
  const batchSize = Math.min(training.batchSize, images.length);
  checkRangeTestLength({ size: images.length, batchesPerEpoch: Math.floor(images.length / batchSize) });
}

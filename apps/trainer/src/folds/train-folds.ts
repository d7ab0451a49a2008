import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError, UsageError } from '@polytag/core';
import {
  batchPlan,
  labelFileContent,
  stratifiedSplit,
  type LabelFile,
  type LabelledDataset,
} from '@polytag/datasets';
import { modelOutputs, readScores, writeScores } from '@polytag/evaluation';
import { evaluateScores, type Evaluation } from '@polytag/metrics';
import { writeFileAtomically } from '@polytag/files';
import { loadWeights } from '@polytag/model';
import { labelFilePath, type RunConfig } from '../config/run-config.js';
import { checkedData, withoutSkipped } from '../run/bad-images.js';
import { featureFolder } from '../run/feature-folder.js';
import { loadParts } from '../run/load-parts.js';
import { assertSameConfig, writeRunConfig } from '../run/run-config-file.js';
import type { RunContext, RunTarget } from '../run/run-context.js';
import { drawScenes, readData, type RunData } from '../run/run-data.js';
import { trainRun } from '../run/train-run.js';
import { groupsOf } from '../split/groups-of.js';
import { FOLD_FILES, foldData, foldsOf } from './fold-data.js';
import { foldScores } from './fold-scores.js';
import { partitionToResume, writePartition } from './partition.js';

export interface TrainFoldsOptions extends RunTarget {
  /** `data.train` is the whole set; `data.val` is not read. */
  readonly config: RunConfig;
  /** How many, at least 2. */
  readonly folds: number;
  /** Which images are in one fold; see `groupsOf`. Default: each stands alone. */
  readonly group?: string;
}

/** What models say of images that they were not trained on. N images, K labels. */
export interface OutOfFold {
  /** The images that can be used, in the order of the label file. */
  readonly dataset: LabelledDataset;
  /** [N, K] probabilities, row-major: those of the model of the fold that the image was left out of. */
  readonly probabilities: Float64Array;
  /** The fold of each image, from 0. */
  readonly foldOf: Uint32Array;
  /** Scores of each fold's model on its images. */
  readonly evaluations: readonly Evaluation[];
  /** Where the probabilities were written. */
  readonly file: string;
}

/** Name of the file of probabilities, in the folder of all folds and in that of each. */
const PROBABILITIES = 'out-of-fold.csv';

/**
 * Cross-validation: divides the training images of a config into stratified folds (`stratifiedSplit`), trains a run on
 * all folds but one, in turn, and predicts that one with the run's best weights.
 *
 * The folder gets `config.yaml`, `folds.json` (which image is in which fold), `data/fold-1/train.json` and `val.json` …,
 * a run folder `fold-1` … for each, `scores.json` and `out-of-fold.csv`. A job that was stopped or killed goes on: folds that are done
 * are read, the one in the making is resumed, and the result is that of a job that was never stopped. Runs share one cache of
 * features, so that a frozen backbone sees each image once (unless `training.features.views` makes views of the images of
 * each fold).
 *
 * @throws UsageError `usage/run-exists`, `usage/no-checkpoint`, `usage/foreign-folder`; `usage/resume-differs` where config
 *   or images are others than before
 * @throws DataError `data/empty-fold`, and all that `trainRun` throws
 */
export async function trainFolds(options: TrainFoldsOptions, context: RunContext): Promise<OutOfFold> {
  const { config, folds, folder } = options;
  await loadParts(config, context);
  const { dataset, foldOf, file } = await divide(options, context);
  const { images, labels } = dataset;
  const { targetsOf } = batchPlan(dataset, { batchSize: 1 });
  const probabilities = new Float64Array(images.length * labels.size);
  const evaluations: Evaluation[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const dataFolder = join(folder, 'data', `fold-${fold + 1}`);
    const data = await foldData({ dataset, file }, { fold, foldOf }, dataFolder);
    const target = join(folder, `fold-${fold + 1}`);
    const { train, validation } = data;
    context.progress.line(
      `fold ${fold + 1} of ${folds}: trains on ${train.images.length} images, scores ${validation.images.length}`,
    );
    const scores = await probabilitiesOf(foldConfig(config, folder, dataFolder), data, target, context);
    const indices = Uint32Array.from([...images.keys()].filter((i) => foldOf[i] === fold));
    indices.forEach((index, row) =>
      probabilities.set(scores.subarray(row * labels.size, (row + 1) * labels.size), index * labels.size),
    );
    evaluations.push(
      evaluateScores({ scores, targets: targetsOf(indices), images: indices.length, labels: labels.names }),
    );
  }
  await writeFileAtomically(
    join(folder, 'scores.json'),
    `${JSON.stringify(foldScores(evaluations), null, 2)}\n`,
  );
  const path = join(folder, PROBABILITIES);
  const names = images.map(({ name }) => name);
  await writeScores(path, { labels: labels.names, images: names, scores: probabilities });
  return { dataset, probabilities, foldOf, evaluations, file: path };
}

/** The images that can be used, and their folds: those of before where the job goes on. */
async function divide(
  { config, folds, folder, resume, group }: TrainFoldsOptions,
  context: RunContext,
): Promise<{ readonly dataset: LabelledDataset; readonly foldOf: Uint32Array; readonly file: LabelFile }> {
  const before = await partitionToResume(folder, resume);
  if (before && before.folds.length !== folds) {
    throw new UsageError(
      'usage/resume-differs',
      `There are ${before.folds.length} folds in ${folder}, and ${folds} are asked for.`,
      { hint: `Resume with --folds ${before.folds.length}, or start again in another folder.` },
    );
  }
  const whole = { ...config, data: { ...config.data, val: null } };
  if (before) await assertSameConfig(folder, whole);
  const { progress, signal } = context;
  await drawScenes(config.data, progress);
  const listed = await readData(whole, progress);
  const file = await labelFileContent(labelFilePath(config.data, config.data.train), {});
  if (before) {
    const { train } = withoutSkipped(listed, { train: before.skipped, validation: [] });
    return { dataset: train, foldOf: foldsOf(train, before), file };
  }
  const { features } = config.training;
  const { data, skipped } = await checkedData(config, listed, context, {
    features: features ? featureFolder(features, folder) : undefined,
  });
  const { images, labels } = data.train;
  const foldOf = stratifiedSplit(images, new Array<number>(folds).fill(1), {
    seed: config.seed,
    labelCount: labels.size,
    groups: group === undefined ? undefined : await groupsOf(group, images, progress, signal),
  });
  const namesOf = (fold: number) => images.filter((_, i) => foldOf[i] === fold).map(({ name }) => name);
  const empty = Array.from({ length: folds }, (_, fold) => fold).find((fold) => !foldOf.includes(fold));
  if (empty !== undefined) {
    throw new DataError('data/empty-fold', `Fold ${empty + 1} of ${data.train.source} has no images.`, {
      hint: 'Make fewer folds, or smaller groups.',
    });
  }
  // The partition comes last: with it the folder is one to go on with.
  await mkdir(folder, { recursive: true });
  await writeRunConfig(folder, whole);
  await writePartition(folder, {
    folds: Array.from({ length: folds }, (_, fold) => namesOf(fold)),
    skipped: skipped.train,
  });
  return { dataset: data.train, foldOf, file };
}

/** The config of the run of one fold. */
function foldConfig(config: RunConfig, folder: string, dataFolder: string): RunConfig {
  const { features } = config.training;
  return {
    ...config,
    data: {
      ...config.data,
      root: resolve(dataFolder),
      train: FOLD_FILES.train,
      val: FOLD_FILES.validation,
      scenes: undefined,
    },
    training: {
      ...config.training,
      features: features && { ...features, cache: featureFolder(features, folder) },
    },
  };
}

/** [n, K] probabilities of the validation images of a fold: as they were written, or of the model that is trained now. */
async function probabilitiesOf(
  config: RunConfig,
  data: Required<RunData>,
  folder: string,
  context: RunContext,
): Promise<Float64Array> {
  const path = join(folder, PROBABILITIES);
  const { labels } = data.validation;
  const images = data.validation.images.map(({ name }) => name);
  if (existsSync(path)) return (await readScores(path, { labels, images })).scores;
  let scores: Float64Array = new Float64Array();
  await trainRun(config, { folder, resume: 'if-begun' }, context, {
    data,
    onTrained: async ({ model, validation }, { bestFolder }) => {
      await loadWeights(model, join(bestFolder, 'model.safetensors'), { expect: 'all' });
      const { outputs } = await modelOutputs(model, validation!, { signal: context.signal });
      scores = model.scores(outputs);
    },
  });
  await writeScores(path, { labels: labels.names, images, scores });
  return scores;
}

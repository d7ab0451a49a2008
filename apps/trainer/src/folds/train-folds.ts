import { counted } from '@polytag/core';
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { duration } from '@polytag/cli';
import { batchPlan, type LabelledDataset } from '@polytag/datasets';
import { modelOutputs, readScores, writeScores } from '@polytag/evaluation';
import { writeFileAtomically } from '@polytag/files';
import { evaluateScores, type Evaluation } from '@polytag/metrics';
import { loadWeights } from '@polytag/model';
import type { RunConfig } from '../config/run-config.js';
import { featureFolder } from '../run/feature-folder.js';
import { refuseMachines } from '../rounds/refuse-machines.js';
import { loadParts } from '../run/load-parts.js';
import type { RunContext } from '../run/run-context.js';
import type { RunData } from '../run/run-data.js';
import { trainRun } from '../run/train-run.js';
import { divideIntoFolds, type FoldOptions } from './divide-into-folds.js';
import { FOLD_FILES, foldData } from './fold-data.js';
import { foldScores, mean } from './fold-scores.js';

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
 * @throws DataError `data/empty-part`, and all that `trainRun` throws
 */
export async function trainFolds(options: FoldOptions, caller: RunContext): Promise<OutOfFold> {
  // What each fold would tell alike is told of the first.
  const context = { ...caller, told: new Set<string>() };
  const { config, folds, folder } = options;
  refuseMachines(config, 'fit --folds');
  await loadParts(config, context);
  const { dataset, foldOf, file } = await divideIntoFolds(options, context);
  const { images, labels } = dataset;
  const { targetsOf } = batchPlan(dataset, { batchSize: 1 });
  const probabilities = new Float64Array(images.length * labels.size);
  const evaluations: Evaluation[] = [];
  /** What the folds that are trained now have taken. */
  const seconds: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const dataFolder = join(folder, 'data', `fold-${fold + 1}`);
    const data = await foldData({ dataset, file }, { fold, foldOf }, dataFolder);
    const target = join(folder, `fold-${fold + 1}`);
    const { train, validation } = data;
    const isDone = existsSync(join(target, PROBABILITIES));
    const left = seconds.length > 0 ? `, ${duration(mean(seconds) * (folds - fold))} left` : '';
    context.progress.line(
      `fold ${fold + 1} of ${folds}: training on ${counted(train.images.length, 'image')}, evaluating on ${validation.images.length}` +
        (isDone ? ', already finished' : left),
    );
    const start = performance.now();
    const scores = await probabilitiesOf(foldConfig(config, folder, dataFolder), data, target, context);
    if (!isDone) seconds.push((performance.now() - start) / 1000);
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

import { counted } from '@polytag/core';
import { join } from 'node:path';
import { duration } from '@polytag/cli';
import { batchPlan, type LabelledDataset } from '@polytag/datasets';
import { writeScores } from '@polytag/evaluation';
import { writeFileAtomically } from '@polytag/files';
import { evaluateScores, type Evaluation } from '@polytag/metrics';
import type { JobPlace } from '../jobs/open-jobs.js';
import { refuseMachines } from '../rounds/refuse-machines.js';
import { loadParts } from '../run/load-parts.js';
import type { RunContext } from '../run/run-context.js';
import { divideIntoFolds, type FoldOptions } from './divide-into-folds.js';
import { trainFoldsAsJobs } from './fold-jobs.js';
import { foldScores, mean } from './fold-scores.js';
import { isFoldDone, PROBABILITIES, trainFold, writeFoldData } from './train-fold.js';

export interface TrainFoldsOptions extends FoldOptions {
  /** Trains folds as jobs: by workers, or several at once in processes of this machine. Default: one after the other, here. */
  readonly place?: JobPlace;
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

/**
 * Cross-validation: divides the training images of a config into stratified folds (`stratifiedSplit`), trains a run on
 * all folds but one, in turn, and predicts that one with the run's best weights.
 *
 * The folder gets `config.yaml`, `folds.json` (which image is in which fold), `data/fold-1/train.json` and `val.json` …,
 * a run folder `fold-1` … for each, `scores.json` and `out-of-fold.csv`. A job that was stopped or killed goes on: folds that are done
 * are read, the one in the making is resumed, and the result is that of a job that was never stopped. Runs share one cache of
 * features, so that a frozen backbone sees each image once (unless `training.features.views` makes views of the images of
 * each fold). The files are the same wherever the folds are trained.
 *
 * @throws QueueError `queue/jobs-failed` where folds failed as jobs; the others are finished then
 * @throws UsageError `usage/run-exists`, `usage/no-checkpoint`, `usage/foreign-folder`; `usage/resume-differs` where config
 *   or images are others than before
 * @throws DataError `data/empty-part`, and all that `trainRun` throws
 */
export async function trainFolds(options: TrainFoldsOptions, caller: RunContext): Promise<OutOfFold> {
  // What each fold would tell alike is told of the first.
  const context = { ...caller, told: new Set<string>() };
  const { config, folds, folder, place } = options;
  refuseMachines(config, 'fit --folds');
  await loadParts(config, context);
  const divided = await divideIntoFolds(options, context);
  const { dataset, foldOf, partition } = divided;
  if (place) await trainFoldsAsJobs({ config, partition, folder, place }, context);
  const { images, labels } = dataset;
  const { targetsOf } = batchPlan(dataset, { batchSize: 1 });
  const probabilities = new Float64Array(images.length * labels.size);
  const evaluations: Evaluation[] = [];
  /** What the folds that are trained now have taken. */
  const seconds: number[] = [];
  for (let fold = 0; fold < folds; fold++) {
    const data = await writeFoldData(divided, folder, fold);
    const { train, validation } = data;
    const isDone = isFoldDone(folder, fold);
    const left = seconds.length > 0 ? `, ${duration(mean(seconds) * (folds - fold))} left` : '';
    if (!place)
      context.progress.line(
        `fold ${fold + 1} of ${folds}: training on ${counted(train.images.length, 'image')}, evaluating on ${validation.images.length}` +
          (isDone ? ', already finished' : left),
      );
    const start = performance.now();
    const scores = await trainFold(config, { folder, fold, data }, context);
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

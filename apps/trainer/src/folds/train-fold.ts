import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { LabelFile, LabelledDataset } from '@polytag/datasets';
import { modelOutputs, readScores, writeScores } from '@polytag/evaluation';
import { loadWeights } from '@polytag/model';
import type { FitEvent } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import { featureFolder } from '../run/feature-folder.js';
import type { RunContext } from '../run/run-context.js';
import type { RunData } from '../run/run-data.js';
import { trainRun } from '../run/train-run.js';
import { FOLD_FILES, foldData } from './fold-data.js';

/** Name of the file of probabilities, in the folder of all folds and in that of each: a fold that has it is done. */
export const PROBABILITIES = 'out-of-fold.csv';

/** Images that can be used, and the fold of each. */
export interface DividedData {
  readonly dataset: LabelledDataset;
  /** From 0. */
  readonly foldOf: Uint32Array;
  /** What the label file of the data set says. */
  readonly file: LabelFile;
}

/** Name of a fold's run folder, and of the folder of its label files. */
export const foldName = (fold: number): string => `fold-${fold + 1}`;

const dataFolderOf = (folder: string, fold: number): string => join(folder, 'data', foldName(fold));

export const isFoldDone = (folder: string, fold: number): boolean =>
  existsSync(join(folder, foldName(fold), PROBABILITIES));

/** Writes the label files of a fold. */
export const writeFoldData = (
  divided: DividedData,
  folder: string,
  fold: number,
): Promise<Required<RunData>> =>
  foldData(divided, { fold, foldOf: divided.foldOf }, dataFolderOf(folder, fold));

/**
 * Trains the run of one fold in a folder of folds, or goes on with it.
 *
 * @param fold from 0
 * @param data of the fold, as `writeFoldData` gives it
 * @returns [n, K] probabilities of the images of the fold: as they were written, or of the model that is trained now
 */
export async function trainFold(
  config: RunConfig,
  {
    folder,
    fold,
    data,
  }: { readonly folder: string; readonly fold: number; readonly data: Required<RunData> },
  context: RunContext,
  onEvent?: (event: FitEvent) => void,
): Promise<Float64Array> {
  const target = join(folder, foldName(fold));
  const path = join(target, PROBABILITIES);
  const { labels } = data.validation;
  const images = data.validation.images.map(({ name }) => name);
  if (existsSync(path)) return (await readScores(path, { labels, images })).scores;
  let scores: Float64Array = new Float64Array();
  await trainRun(foldConfig(config, folder, fold), { folder: target, resume: 'if-begun' }, context, {
    data,
    onEvent,
    onTrained: async ({ model, validation }, { bestFolder }) => {
      await loadWeights(model, join(bestFolder, 'model.safetensors'), { expect: 'all' });
      const { outputs } = await modelOutputs(model, validation!, { signal: context.signal });
      scores = model.scores(outputs);
    },
  });
  await writeScores(path, { labels: labels.names, images, scores });
  return scores;
}

/** The config of the run of one fold. */
export function foldConfig(config: RunConfig, folder: string, fold: number): RunConfig {
  const { features } = config.training;
  return {
    ...config,
    data: {
      ...config.data,
      root: resolve(dataFolderOf(folder, fold)),
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

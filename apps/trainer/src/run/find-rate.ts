import { join } from 'node:path';
import { UsageError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import { findLearningRate, readSearch, runExists, type SearchRecord } from '@polytag/training';
import { loopSettings, type RunConfig } from '../config/run-config.js';
import type { PreparedRun } from './prepare-run.js';
import { rangeChart } from './range-chart.js';
import { showSearch } from './show-search.js';
import type { TrainRunOptions } from './train-run.js';

/** Where a run folder keeps the search for its learning rate. */
export const searchFolder = (folder: string): string => join(folder, 'lr-search');

/** The chart of a range test, in the search's folder. */
export const chartFile = (folder: string): string => join(folder, 'range-test.svg');

/**
 * The config with the rate that its search has found already. `begun`: whether there is a search to go on with.
 *
 * @throws UsageError `usage/run-exists` when there is a search, and it is not to be resumed; `usage/no-checkpoint` when
 *   there is none, and it is
 */
export async function withFoundRate(
  config: RunConfig,
  folder: string,
  resume: boolean,
): Promise<{ readonly config: RunConfig; readonly begun: boolean }> {
  const record = config.training.findLearningRate ? await readSearch(searchFolder(folder)) : undefined;
  if (record && !resume) {
    throw new UsageError(
      'usage/run-exists',
      `There is a run in ${folder} already: its learning rate was searched.`,
      {
        hint: 'Continue it with --resume, or choose another folder with --out.',
      },
    );
  }
  if (config.training.findLearningRate && resume && !record && !(await runExists(folder))) {
    throw new UsageError('usage/no-checkpoint', `There is nothing to resume in ${folder}.`, {
      hint: 'Check the folder, or start the run without --resume.',
    });
  }
  return { config: withRate(config, record), begun: record !== undefined };
}

/**
 * Searches, or goes on searching, in `folder`; draws the chart of a range test.
 *
 * @returns the config with the rate that was found
 */
export async function findRate(
  config: RunConfig,
  run: PreparedRun,
  { folder, resume, signal, progress }: Pick<TrainRunOptions, 'folder' | 'resume' | 'signal' | 'progress'>,
): Promise<RunConfig> {
  const { findLearningRate: search } = config.training;
  if (!search) return config;
  const { model, loss, train, validation, mainReplica: replica } = run;
  const settings = loopSettings(config.training);
  const record = await findLearningRate({
    ...{ model, loss, train, validation, replica, settings, search, folder, resume, signal },
    seed: config.seed,
    report: showSearch(search.mode, progress),
  });
  if (record.points)
    await writeFileAtomically(chartFile(folder), rangeChart(record.points, record.learningRate));
  return withRate(config, record);
}

/** A rate as a person reads it, with what it holds for: with other batches another one is right. */
export const foundRate = ({ training }: RunConfig): string =>
  `learning rate ${Number(training.learningRate.toPrecision(3))} for batches of ${training.batchSize}`;

function withRate(config: RunConfig, record: SearchRecord | undefined): RunConfig {
  const learningRate = record?.learningRate;
  return learningRate === undefined ? config : { ...config, training: { ...config.training, learningRate } };
}

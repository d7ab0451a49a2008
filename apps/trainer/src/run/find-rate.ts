import { join } from 'node:path';
import { printable } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import { rangeChart } from '@polytag/report';
import { findLearningRate, withRunFolder, type RunFolder } from '@polytag/training';
import { loopSettings, type RunConfig } from '../config/run-config.js';
import { loadParts } from './load-parts.js';
import { prepareRun, type PreparedRun } from './prepare-run.js';
import { configFor, keepFormerConfig, writeRunConfig } from './run-config-file.js';
import type { RunContext, RunTarget } from './run-context.js';
import { showSearch } from './show-events.js';

/** The chart of a range test, in the search's folder. */
const chartFile = (folder: string): string => join(folder, 'range-test.svg');

/**
 * Searches for the learning rate, or goes on searching, where the plan of a run says so; draws the chart of a range test.
 *
 * @returns the config with the rate that was found
 */
export async function findRate(
  config: RunConfig,
  run: PreparedRun,
  { plan }: RunFolder,
  { signal, progress }: RunContext,
): Promise<RunConfig> {
  const { findLearningRate: search } = config.training;
  if (plan.kind !== 'search' || !search) return config;
  const { points, learningRate } = await findLearningRate({
    model: run.model,
    loss: run.loss,
    train: run.train,
    validation: run.validation,
    replica: run.mainReplica,
    // A search is for the steps of one machine.
    settings: { ...loopSettings(config.training), machines: false },
    search,
    folder: plan.search,
    seed: config.seed,
    signal,
    async onStart() {
      if (!plan.search.found) await keepFormerConfig(plan.search.path, config);
      await writeRunConfig(plan.search.path, config);
    },
    report: showSearch(search.mode, progress),
  });
  if (points) await writeFileAtomically(chartFile(plan.search.path), rangeChart(points, learningRate));
  return { ...config, training: { ...config.training, learningRate } };
}

/** A rate as a person reads it, with what it holds for: with other batches another one is right. */
export const foundRate = ({ training }: RunConfig): string =>
  `learning rate ${Number(training.learningRate.toPrecision(3))} for a batch size of ${training.batchSize}`;

/** Searches for the learning rate of a config, trains nothing else, and writes what was found. */
export async function searchRate(
  given: RunConfig,
  { folder: path, resume }: RunTarget,
  context: RunContext,
): Promise<void> {
  // What cannot work is refused before the folder is made.
  const loss = await loadParts(given, context);
  await withRunFolder(path, { resume, search: 'only' }, async (folder) => {
    const config = await configFor(folder, given);
    const run = await prepareRun(config, loss, folder, context);
    try {
      const found = await findRate(config, run, folder, context);
      const { out } = context;
      out.write(`${foundRate(found)} (training.learningRate)\n`);
      out.write(`search: ${printable(join(path, 'search.json'), Infinity)}\n`);
      const { findLearningRate: search } = config.training;
      if (search && search.mode === 'range') out.write(`chart: ${printable(chartFile(path), Infinity)}\n`);
    } finally {
      await run.close();
    }
  });
}

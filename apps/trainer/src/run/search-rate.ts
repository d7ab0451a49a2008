import { join } from 'node:path';
import { printable } from '@polytag/core';
import type { RunConfig } from '../config/run-config.js';
import { chartFile, findRate, foundRate } from './find-rate.js';
import { prepareRun } from './prepare-run.js';
import { withReplicaCount } from './run-folder-config.js';
import type { TrainRunOptions } from './train-run.js';

/** Searches for the learning rate of a config in `folder`, trains nothing else, and tells what was found. */
export async function searchRate(given: RunConfig, options: TrainRunOptions): Promise<void> {
  const { folder, resume, out } = options;
  const config = await withReplicaCount(given, folder, resume);
  // Trials have checkpoints of their own: the model itself begins from its initial weights.
  const run = await prepareRun(config, { ...options, resume: false });
  try {
    const found = await findRate(config, run, options);
    out.write(`${foundRate(found)} (training.learningRate)\n`);
    out.write(`search: ${printable(join(folder, 'search.json'), Infinity)}\n`);
    const { findLearningRate: search } = config.training;
    if (search && search.mode === 'range') out.write(`chart: ${printable(chartFile(folder), Infinity)}\n`);
  } finally {
    await run.close();
  }
}

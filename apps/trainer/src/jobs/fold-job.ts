import { defineJobKind } from '@polytag/queue';
import * as z from 'zod';
import { readDivided } from '../folds/divide-into-folds.js';
import { readPartition } from '../folds/partition.js';
import { foldName, trainFold, writeFoldData } from '../folds/train-fold.js';
import { useConfiguredEngine } from '../config/use-configured-engine.js';
import { loadParts } from '../run/load-parts.js';
import { jobContext } from './job-context.js';
import { openConfig, storedConfigSchema, storedFileSchema } from './stored-config.js';
import { stepReport, takeOverRun } from './take-over-run.js';

const foldSchema = z.strictObject({
  /** `data.train` is the whole set. */
  config: storedConfigSchema,
  /** Which image is in which fold. */
  partition: storedFileSchema,
  /** From 0. */
  fold: z.int().min(0),
});

/**
 * Trains the run of one fold of a cross-validation, from where it was. The result has what `fit --folds` writes for the
 * fold on one machine: `fold-1`, and its label files in `data`.
 */
export const foldJob = defineJobKind(
  'fold',
  1,
  foldSchema,
  async ({ config: stored, partition, fold }, { store, folder, signal, allowModules, log, report }) => {
    const config = await openConfig(stored, store, { allowModules });
    await takeOverRun(folder, foldName(fold));
    const context = jobContext('folds', { store, signal, log });
    await loadParts(config, context);
    await useConfiguredEngine(config);
    const divided = await readDivided(config, await readPartition(await store.checked(partition)), context);
    const data = await writeFoldData(divided, folder, fold);
    await trainFold(config, { folder, fold, data }, context, stepReport(report));
  },
);

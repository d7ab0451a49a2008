import { mkdir } from 'node:fs/promises';
import { validate } from '@polytag/core';
import { assertSameIdentity } from '../run-folder/identity.js';
import { withRunFolder, type SearchFolder } from '../run-folder/run-folder.js';
import { rateSearchSchema, type RateSearchSettings } from '../settings/rate-search-settings.js';
import { trainingSettingsSchema } from '../settings/training-settings.js';
import { checkRangeTestLength } from './range-test-length.js';
import type { FindLearningRateInput, FindLearningRateOptions } from './search-options.js';
import { snapshotOf } from './snapshot.js';
import { searchByRange } from './search-by-range.js';
import { checkValidation, searchByTrials } from './search-by-trials.js';
import { writeSearch, type SearchRecord } from '../run-folder/search-record.js';

/**
 * Searches for a learning rate, with TPE trials or a range test (docs/method.md#learning-rate-search). Afterwards the
 * model has its earlier weights again, even if the search fails. The folder holds the progress: a stopped search
 * continues, and a finished one does not run again.
 *
 * @returns content of `search.json`, with `learningRate`
 * @throws UsageError `usage/search-exists`, `usage/no-checkpoint`, `usage/resume-differs`, `usage/run-locked`,
 * `usage/foreign-folder`, `usage/no-validation`, `usage/range-test-too-short`, or an invalid setting
 * @throws DivergenceError `training/search-diverged`
 * @throws InterruptedError `training/interrupted` after the signal
 */
export async function findLearningRate(
  input: FindLearningRateInput,
): Promise<SearchRecord & { readonly learningRate: number }> {
  const { resume, folder, ...given } = input;
  const settings = validate(trainingSettingsSchema, given.settings ?? {}, {
    source: 'settings',
    path: 'training',
  });
  const search = validate(rateSearchSchema, given.search, {
    source: 'settings',
    path: 'training.findLearningRate',
  });
  if (search.mode === 'tpe') checkValidation(given.validation);
  else checkRangeTestLength(given.train);
  const searchIn = ({ path, found }: SearchFolder) =>
    searchFrom(found, { ...given, settings, folder: path }, search);
  if (typeof folder !== 'string') return searchIn(folder);
  return withRunFolder(folder, { resume, search: 'only' }, ({ plan }) =>
    searchIn(plan.kind === 'search' ? plan.search : { path: folder }),
  );
}

/** Goes on from what was found before, if anything. */
async function searchFrom(
  found: SearchRecord | undefined,
  options: FindLearningRateOptions,
  search: RateSearchSettings,
): Promise<SearchRecord & { readonly learningRate: number }> {
  const { folder, model } = options;
  const identity = identityOf(options, search);
  if (found) assertSameIdentity(folder, found.identity, identity);
  if (found?.learningRate !== undefined) return { ...found, learningRate: found.learningRate };
  const record: SearchRecord = found ?? { version: 1, identity, trials: [] };
  await mkdir(folder, { recursive: true });
  await options.onStart?.();
  await writeSearch(folder, record);
  const start = await snapshotOf(model.parameters);
  try {
    const done =
      search.mode === 'tpe'
        ? await searchByTrials({ ...options, search }, start, record)
        : await searchByRange({ ...options, search }, record);
    return { ...done, learningRate: done.learningRate! };
  } finally {
    start.restore();
  }
}

/** What a search must be resumed with. The rate that it is to find has no part in it. */
function identityOf(
  { model, loss, train, seed, settings }: FindLearningRateOptions,
  search: object,
): SearchRecord['identity'] {
  const {
    optimiser,
    weightDecay,
    reduction,
    clipGradient,
    freeze,
    freezeEpochs,
    frozenBatchNorm,
    rateFactors,
    layerDecay,
  } = settings;
  return {
    search,
    training: {
      optimiser,
      weightDecay,
      reduction,
      clipGradient,
      freeze,
      freezeEpochs,
      frozenBatchNorm,
      rateFactors,
      ...(layerDecay !== 1 && { layerDecay }),
    },
    seed,
    loss: loss.name,
    scale: model.scale,
    labels: model.labels.names,
    images: train.size,
    batchesPerEpoch: train.batchesPerEpoch,
  };
}

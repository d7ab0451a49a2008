import { UsageError, validate } from '@polytag/core';
import type { FitOptions } from '../fit/fit.js';
import { lockRun } from '../run-folder/run-lock.js';
import { rateSearchSchema, type RateSearchInput } from '../settings/rate-search-settings.js';
import {
  trainingSettingsSchema,
  type TrainingSettings,
  type TrainingSettingsInput,
} from '../settings/training-settings.js';
import { KeptWeights } from './kept-weights.js';
import { checkRangeTestLength } from './range-test-length.js';
import type { SearchEvent } from './search-event.js';
import { searchByRange } from './search-by-range.js';
import { checkValidation, searchByTrials } from './search-by-trials.js';
import { checkSearch, readSearch, writeSearch, type SearchRecord } from './search-file.js';

/** What a search shares with the run that it is for. */
export interface FindLearningRateOptions extends Pick<
  FitOptions,
  'model' | 'loss' | 'train' | 'validation' | 'replica' | 'seed' | 'signal'
> {
  readonly settings: TrainingSettings;
  /** Where the search keeps what it finds: `search.json`, and a run folder for each trial. */
  readonly folder: string;
  readonly report?: (event: SearchEvent) => void;
}

/** What `findLearningRate` takes: settings may leave out what has a default. */
export type FindLearningRateInput = Omit<FindLearningRateOptions, 'settings'> & {
  readonly settings?: TrainingSettingsInput;
  readonly search: RateSearchInput;
  /** Continue the search in `folder`. Default false. */
  readonly resume?: boolean;
};

/**
 * Searches for a learning rate (docs/method.md#learning-rate-search), by trials that a TPE chooses or by a range
 * test. The model has its weights back afterwards, those that were loaded too, whether the search succeeds or not.
 * What a search has found is in its folder: one that was stopped goes on, and one that is over is not run again.
 *
 * @returns what `search.json` holds, with `learningRate`
 * @throws UsageError `usage/search-exists`, `usage/resume-differs`, `usage/run-locked`, `usage/no-validation`,
 *   `usage/range-test-too-short`, or a fault of the settings
 * @throws DivergenceError `training/search-diverged`
 * @throws InterruptedError `training/interrupted` after the signal
 */
export async function findLearningRate(
  input: FindLearningRateInput,
): Promise<SearchRecord & { readonly learningRate: number }> {
  const { resume = false, ...given } = input;
  const settings = validate(trainingSettingsSchema, given.settings ?? {}, {
    source: 'settings',
    path: 'training',
  });
  const search = validate(rateSearchSchema, given.search, {
    source: 'settings',
    path: 'training.findLearningRate',
  });
  const options = { ...given, settings };
  if (search.mode === 'tpe') checkValidation(options);
  else checkRangeTestLength(options.train);
  const { folder, model } = options;
  const unlock = await lockRun(folder);
  try {
    const before = await readSearch(folder);
    if (before && !resume) {
      throw new UsageError(
        'usage/search-exists',
        `There is a search for a learning rate in ${folder} already.`,
        {
          hint: 'Continue it with --resume, or choose another folder with --out.',
        },
      );
    }
    const identity = identityOf(options, search);
    if (before) checkSearch(folder, before, identity);
    if (before?.learningRate !== undefined) return { ...before, learningRate: before.learningRate };
    const record: SearchRecord = before ?? { version: 1, identity, trials: [] };
    await writeSearch(folder, record);
    const start = await KeptWeights.of(model.parameters);
    try {
      const found =
        search.mode === 'tpe'
          ? await searchByTrials({ ...options, search }, start, record)
          : await searchByRange({ ...options, search }, record);
      return { ...found, learningRate: found.learningRate! };
    } finally {
      start.restore();
    }
  } finally {
    await unlock();
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
    },
    ...{ seed, loss: loss.name, scale: model.scale, labels: model.labels.names, images: train.size },
    batchesPerEpoch: train.batchesPerEpoch,
  };
}

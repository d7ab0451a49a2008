import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError, DivergenceError, InterruptedError, RandomStream, UsageError } from '@polytag/core';
import type { FitEvent } from '../fit/fit-event.js';
import { fit } from '../fit/fit.js';
import { MetricsLog } from '../run-folder/metrics-log.js';
import { withRunFolder } from '../run-folder/run-folder.js';
import type { TpeSearchSettings } from '../settings/rate-search-settings.js';
import { shouldPrune } from './median-pruner.js';
import type { FindLearningRateOptions } from './search-options.js';
import type { Snapshot } from './snapshot.js';
import { writeSearch, type SearchRecord, type Trial } from '../run-folder/search-record.js';
import { suggestRate } from './tpe.js';
import { trialSettings } from './trial-settings.js';

/** How a trial counts: by its last score; one that diverged is worse than all. */
const scoreOf = ({ state, scores }: Trial): number => (state === 'diverged' ? -Infinity : scores.at(-1)!);

/** The best of the trials that ran to their end. */
function bestOf(trials: readonly Trial[]): Trial | undefined {
  const complete = trials.filter(({ state }) => state === 'complete');
  return complete.length === 0
    ? undefined
    : complete.reduce((best, one) => (scoreOf(one) > scoreOf(best) ? one : best));
}

/**
 * Trains one run after another at rates that a TPE suggests, and records each. Goes on from the trials of `record`; the
 * one that was running is resumed.
 *
 * @throws DivergenceError `training/search-diverged` when no trial came to its end
 */
export async function searchByTrials(
  options: FindLearningRateOptions & { readonly search: TpeSearchSettings },
  start: Snapshot,
  record: SearchRecord,
): Promise<SearchRecord> {
  const { search, seed, folder, report } = options;
  const { min, max, step } = search;
  const space = { min, max, ...(step !== null && { step }) };
  let found = record;
  const clock = new SearchClock(options);
  while (found.trials.length < search.trials) {
    const number = found.trials.length + 1;
    const tried = found.trials.map((trial) => ({ learningRate: trial.learningRate, score: scoreOf(trial) }));
    // A stream for each trial: a search that is resumed suggests what it would have suggested.
    const learningRate = suggestRate(space, tried, new RandomStream(seed, `lr-search/${number}`));
    if (learningRate === undefined) break;
    const trial = await runTrial(options, { number, learningRate }, found.trials, clock);
    start.restore();
    found = { ...found, trials: [...found.trials, trial] };
    await writeSearch(folder, found);
    // Scores stay; what could only be resumed or predicted with is not needed any more.
    for (const part of ['checkpoints', 'best'])
      await rm(join(trialFolder(folder, number), part), { recursive: true, force: true });
    const best = bestOf(found.trials) ?? trial;
    report?.({ kind: 'trial', trial, trials: search.trials, best: best.learningRate });
  }
  const best = bestOf(found.trials);
  if (!best) {
    throw new DivergenceError(
      'training/search-diverged',
      `Training diverged at every learning rate tried, from ${min} to ${max}.`,
      {
        hint: "Search lower rates, e.g. --set 'training.findLearningRate={mode: tpe, min: 1e-7, max: 1e-4}'",
      },
    );
  }
  found = { ...found, learningRate: best.learningRate };
  await writeSearch(folder, found);
  return found;
}

const trialFolder = (folder: string, number: number) =>
  join(folder, `trial-${String(number).padStart(3, '0')}`);

async function runTrial(
  options: FindLearningRateOptions & { readonly search: TpeSearchSettings },
  { number, learningRate }: { readonly number: number; readonly learningRate: number },
  before: readonly Trial[],
  clock: SearchClock,
): Promise<Trial> {
  const { model, loss, train, validation, replica, seed, search, settings, signal, report } = options;
  const path = trialFolder(options.folder, number);
  const finished = before.filter(({ state }) => state === 'complete').map(({ scores }) => scores);
  const log = new MetricsLog(path);
  await log.read();
  if (log.damaged.length > 0) throw trialDamaged(log, path);
  const scores = log.lines.flatMap(({ mAP, mAPOccurring }) => (mAP === undefined ? [] : mAPOccurring || mAP));
  const giveUp = new AbortController();
  const prune = () => {
    if (scores.length < search.epochs && shouldPrune(scores, finished)) giveUp.abort();
  };
  // It may have died between its last score and its end.
  prune();
  const heard = (event: FitEvent) => {
    if (event.kind === 'evaluated') {
      scores[event.epoch - 1] = event.mAPOccurring || event.mAP;
      prune();
    } else if (event.kind === 'step') {
      report?.({ ...clock.step(before.length, event), trial: number });
    }
  };
  try {
    if (!giveUp.signal.aborted) {
      await withRunFolder(path, { resume: 'if-begun' }, (folder) =>
        fit({
          model,
          loss,
          train,
          validation,
          replica,
          folder,
          seed,
          settings: trialSettings(settings, { epochs: search.epochs, learningRate }),
          signal: signal ? AbortSignal.any([signal, giveUp.signal]) : giveUp.signal,
          report: heard,
        }),
      );
    }
  } catch (error) {
    if (error instanceof DivergenceError) return { number, learningRate, state: 'diverged', scores };
    if (!(error instanceof InterruptedError)) throw error;
    // The run's own signal stops the search; that a trial is pruned, only the trial.
    if (signal?.aborted) {
      throw new InterruptedError(
        error.code,
        `The learning rate search was stopped in trial ${number} of ${search.trials} and saved.`,
        { hint: 'Continue it with --resume: it resumes inside that trial.', cause: error },
      );
    }
  }
  return { number, learningRate, state: giveUp.signal.aborted ? 'pruned' : 'complete', scores };
}

/** A trial counts by the scores in its log: with some of them it would count as another. */
const trialDamaged = ({ path, damaged }: MetricsLog, folder: string) =>
  new CheckpointError('checkpoint/damaged', `${path}: line ${damaged[0]} is not a valid epoch record.`, {
    hint: `Restore the file, or remove ${folder}: the search then runs this trial again.`,
  });

/** Time left for a search: its steps so far in this process over the time they took. */
class SearchClock {
  readonly #start = performance.now();
  readonly #perTrial: number;
  readonly #total: number;
  #steps = 0;

  constructor({ search, train }: FindLearningRateOptions & { readonly search: TpeSearchSettings }) {
    this.#perTrial = search.epochs * train.batchesPerEpoch;
    this.#total = search.trials * this.#perTrial;
  }

  step(trialsBefore: number, { step, learningRate, loss }: FitEvent & { readonly kind: 'step' }) {
    this.#steps++;
    const done = trialsBefore * this.#perTrial + step;
    const seconds = (performance.now() - this.#start) / 1000;
    const secondsLeft = (seconds / this.#steps) * (this.#total - done);
    return { kind: 'step', step: done, totalSteps: this.#total, learningRate, loss, secondsLeft } as const;
  }
}

/**
 * Throws without validation images, which are needed to compare trials.
 *
 * @throws UsageError `usage/no-validation`
 */
export function checkValidation(validation: object | undefined): void {
  if (validation) return;
  throw new UsageError(
    'usage/no-validation',
    'A search by trials needs validation images to compare the trials.',
    {
      hint: 'Choose a validation label file (--set data.val=FILE), or use the range test (find-lr --mode range; fit --set training.findLearningRate={mode: range}).',
    },
  );
}

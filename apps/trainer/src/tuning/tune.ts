import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { configText, duration } from '@polytag/cli';
import { DivergenceError, InterruptedError, printable, RandomStream, UsageError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import {
  assertOwnFolder,
  shouldPrune,
  suggestSettings,
  type FitEvent,
  type Settings,
} from '@polytag/training';
import { loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { refuseMachines } from '../rounds/refuse-machines.js';
import { loadParts } from '../run/load-parts.js';
import { assertSameConfig, writeRunConfig } from '../run/run-config-file.js';
import type { RunContext } from '../run/run-context.js';
import { trainRun } from '../run/train-run.js';
import { nextLine } from '../tables/next-line.js';
import { assignmentsOf, recipeSpace, rounded } from './recipe-space.js';
import { settingsText, trialsCsv, trialsTable } from './trials-table.js';
import {
  bestTrial,
  readTuneRecord,
  recordFile,
  scoreOf,
  writeTuneRecord,
  type TunedTrial,
  type TuneRecord,
} from './tune-record.js';

export interface TuneOptions {
  /** Config file. */
  readonly config: string;
  /** Assignments of `--set`, for every trial. */
  readonly set: readonly string[];
  readonly folder: string;
  readonly resume: boolean;
  /** Seconds that all trials may take together. */
  readonly seconds: number;
  /** Trials at most. Default: as many as the time allows. */
  readonly trials?: number;
  /** Sides of the images to choose from. Default: the config's. */
  readonly sizes?: readonly number[];
  /** Numbers of cached views of each training image to choose from. Default: the config's. */
  readonly views?: readonly number[];
}

/**
 * Searches the settings of a recipe (docs/method.md#tuning): head, loss and their options, learning rate, weight decay, SAM,
 * size, views. Each trial is a run of its own on cached features, chosen by a TPE; the first is the config as it is. The folder gets
 * `tune.json`, `trials.csv`, `trials.txt`, `best.yaml`, a run folder for each trial, and `features` of all. A search that was
 * stopped or killed goes on with the trial that it was in.
 *
 * @throws UsageError `usage/no-features`, `usage/no-validation`, `usage/run-exists`, `usage/resume-differs`, `usage/time-too-short`
 * @throws DivergenceError `training/search-diverged` when training diverged in every trial
 * @throws InterruptedError after a signal: what is found so far stays
 */
export async function tune(options: TuneOptions, context: RunContext): Promise<void> {
  const { folder, progress } = { ...options, progress: context.progress };
  const config = await loadRunConfig(options.config, options.set);
  assertTunable(config);
  refuseMachines(config, 'tune');
  await loadParts(config, context);
  let record = await begin(config, options);
  const clock = new TimeLeft(options.seconds, record);
  for (;;) {
    const number = record.trials.length + 1;
    if (options.trials !== undefined && number > options.trials) break;
    if (!clock.allowsTrial(record.trials)) break;
    const settings = nextSettings(config, record.trials, options);
    progress.line(`trial ${number}: ${settingsText(settings)}; ${duration(clock.left())} left`);
    const timer = new TrialTimer(folder, record);
    const trial = await runTrial({ number, settings }, record.trials, options, { clock, timer }, context);
    if (!trial) {
      progress.line(
        `trial ${number} was stopped: the time limit was reached; continue it with --resume and a longer --time`,
      );
      break;
    }
    record = { version: 1, trials: [...record.trials, trial] };
    await writeTuneRecord(folder, record);
    // Scores stay; what could only be resumed or predicted with is not needed any more.
    for (const part of ['checkpoints', 'best'])
      await rm(join(trialFolder(folder, number), part), { recursive: true, force: true });
    await writeTables(folder, record);
    progress.line(trialLine(trial, record.trials));
  }
  await finish(record, options, context);
}

/** @throws UsageError */
function assertTunable({ data, training }: RunConfig): void {
  if (training.features === false) {
    throw new UsageError(
      'usage/no-features',
      'tune compares heads on cached features, but the config does not cache features.',
      {
        hint: 'Add --set training.features=true; the backbone is then not trained.',
      },
    );
  }
  if (data.val === null) {
    throw new UsageError('usage/no-validation', 'tune needs validation images to compare the trials.', {
      hint: 'Choose a validation label file (--set data.val=FILE).',
    });
  }
}

/** What a folder of a search is known by. */
const OWN_FOLDER = { what: 'tune', example: 'runs/tune', begun: /^tune\.json$/, replaced: /^best\.yaml$/ };

/** Opens the folder: what it holds of an earlier search of the same config, or nothing. */
async function begin(config: RunConfig, { folder, resume }: TuneOptions): Promise<TuneRecord> {
  const found = await readTuneRecord(folder);
  if (found && !resume) {
    throw new UsageError('usage/run-exists', `A search already exists in ${printable(folder, 400)}.`, {
      hint: 'Continue it with --resume, or choose another folder with --out.',
    });
  }
  await assertOwnFolder(folder, OWN_FOLDER);
  await assertSameConfig(folder, config);
  if (found) return found;
  await mkdir(folder, { recursive: true });
  await writeRunConfig(folder, config);
  const record = { version: 1, trials: [] } as const;
  await writeTuneRecord(folder, record);
  return record;
}

/** The settings of the next trial: a pure function of config, seed and the trials before. */
export function nextSettings(
  config: RunConfig,
  trials: readonly TunedTrial[],
  choices: Pick<TuneOptions, 'sizes' | 'views'>,
): Settings {
  const number = trials.length + 1;
  if (number === 1) return {};
  const tried = trials.map((trial) => ({ settings: trial.settings, score: scoreOf(trial) }));
  return rounded(
    suggestSettings(recipeSpace(config, choices), tried, new RandomStream(config.seed, `tune/${number}`)),
  );
}

/** What a timer of Node takes, ms: 24 days. */
const LONGEST = 2 ** 31 - 1;

const trialFolder = (folder: string, number: number): string =>
  join(folder, `trial-${String(number).padStart(3, '0')}`);

/** Trains one trial, or goes on with it; undefined where the time was over before its end. */
async function runTrial(
  { number, settings }: Pick<TunedTrial, 'number' | 'settings'>,
  before: readonly TunedTrial[],
  options: TuneOptions,
  { clock, timer }: { clock: TimeLeft; timer: TrialTimer },
  context: RunContext,
): Promise<TunedTrial | undefined> {
  const finished = before.filter(({ state }) => state === 'complete').map(({ scores }) => scores);
  const config = await trialConfig(settings, options);
  const scores: number[] = [];
  const giveUp = new AbortController();
  const timeOver = AbortSignal.timeout(Math.min(Math.max(0, Math.round(1000 * clock.left())), LONGEST));
  const onEvent = (event: FitEvent) => {
    if (event.kind !== 'evaluated') return;
    scores[event.epoch - 1] = Math.max(
      event.mAPOccurring || event.mAP,
      event.mAPEmaOccurring || event.mAPEma || 0,
    );
    if (event.epoch < config.training.epochs && shouldPrune(scores, finished)) giveUp.abort();
  };
  const ended = (state: TunedTrial['state'], score: number | null): TunedTrial => {
    const { seconds } = timer;
    return { number, settings, state, score, scores: Array.from(scores, (one) => one ?? 0), seconds };
  };
  try {
    const { best } = await trainRun(
      config,
      { folder: trialFolder(options.folder, number), resume: 'if-begun' },
      { ...context, signal: AbortSignal.any([context.signal, giveUp.signal, timeOver]) },
      { onEvent },
    );
    return ended('complete', best ? best.mAPOccurring || best.mAP : null);
  } catch (error) {
    if (error instanceof DivergenceError) return ended('diverged', null);
    if (!(error instanceof InterruptedError)) throw error;
    if (context.signal.aborted) {
      throw new InterruptedError(error.code, `The search was stopped in trial ${number} and saved.`, {
        hint: 'Continue it with --resume: it resumes inside that trial.',
        cause: error,
      });
    }
    return giveUp.signal.aborted ? ended('pruned', Math.max(...scores)) : undefined;
  } finally {
    await timer.stop();
  }
}

async function withSettings(
  settings: Settings,
  { config, set }: Pick<TuneOptions, 'config' | 'set'>,
): Promise<RunConfig> {
  const { features } = (await loadRunConfig(config, set)).training;
  const cache = features ? features.cache : undefined;
  return loadRunConfig(config, [...set, ...assignmentsOf(settings, cache)]);
}

/** The config of a trial, whose features are those of all trials. */
async function trialConfig(settings: Settings, { config, set, folder }: TuneOptions): Promise<RunConfig> {
  const loaded = await withSettings(settings, { config, set });
  const { features } = loaded.training;
  return {
    ...loaded,
    log: { ...loaded.log, tensorboard: false },
    training: {
      ...loaded.training,
      features: features && { ...features, cache: features.cache ?? join(folder, 'features') },
    },
  };
}

async function writeTables(folder: string, { trials }: TuneRecord): Promise<void> {
  await writeFileAtomically(join(folder, 'trials.csv'), trialsCsv(trials));
  await writeFileAtomically(join(folder, 'trials.txt'), trialsTable(trials));
}

function trialLine(trial: TunedTrial, all: readonly TunedTrial[]): string {
  const { number, state, score } = trial;
  const told = score === null ? '' : `, mAP ${(100 * score).toFixed(2)} %`;
  const end = state === 'complete' ? '' : state === 'pruned' ? ' (pruned: below the median)' : ' (diverged)';
  const best = bestTrial(all);
  const rank =
    best === trial
      ? '  (best so far)'
      : best
        ? `  (best: trial ${best.number}, ${(100 * scoreOf(best)).toFixed(2)} %)`
        : '';
  return `trial ${number}${told}${end}${rank}`;
}

/** Writes the winning config and tells what was found. */
async function finish({ trials }: TuneRecord, options: TuneOptions, { out }: RunContext): Promise<void> {
  const { folder } = options;
  const best = bestTrial(trials);
  if (trials.length === 0) {
    throw new UsageError('usage/time-too-short', 'The time limit was reached before a trial ended.', {
      hint: 'Continue with --resume and a longer --time, or train for fewer epochs with --set training.epochs=N.',
    });
  }
  if (!best) {
    throw new DivergenceError('training/search-diverged', 'Training diverged in every trial.', {
      hint: 'Check the data: polytag-train inspect data.',
    });
  }
  const file = join(folder, 'best.yaml');
  const winner = await withSettings(best.settings, options);
  await writeFileAtomically(file, configText(winner));
  await writeTables(folder, { version: 1, trials });
  out.write(trialsTable(trials));
  out.write(
    `config: ${printable(file, Infinity)}, trials: ${printable(recordFile(folder), Infinity)} and trials.csv\n`,
  );
  out.write(nextLine('fit', '--config', file, '--out', 'runs/tuned'));
}

/** How often the record notes what the trial at hand has taken, ms: what a kill loses of it. */
const NOTE_EVERY = 5000;

/** The time of the trial at hand, in this process and in those that were stopped or killed in it. */
class TrialTimer {
  readonly #start = performance.now();
  readonly #before: number;
  readonly #note: NodeJS.Timeout;
  #noted: Promise<void> = Promise.resolve();

  /** @param record of the trials before it */
  constructor(
    readonly folder: string,
    readonly record: TuneRecord,
  ) {
    this.#before = record.unfinished?.seconds ?? 0;
    this.#note = setInterval(() => this.#write(), NOTE_EVERY).unref();
  }

  get seconds(): number {
    return this.#before + (performance.now() - this.#start) / 1000;
  }

  async stop(): Promise<void> {
    clearInterval(this.#note);
    this.#write();
    await this.#noted;
  }

  #write(): void {
    const { trials } = this.record;
    this.#noted = this.#noted.then(() =>
      writeTuneRecord(this.folder, {
        version: 1,
        trials,
        unfinished: { number: trials.length + 1, seconds: this.seconds },
      }),
    );
  }
}

/** The time that trials may still take: what earlier ones took counts, in whatever process, whether they ended or not. */
class TimeLeft {
  readonly #start = performance.now();
  readonly #seconds: number;

  constructor(seconds: number, { trials, unfinished }: TuneRecord) {
    const taken = trials.reduce((sum, trial) => sum + trial.seconds, unfinished?.seconds ?? 0);
    this.#seconds = seconds - taken;
  }

  left(): number {
    return this.#seconds - (performance.now() - this.#start) / 1000;
  }

  /** A trial that would likely not end is not begun, but for the first. */
  allowsTrial(trials: readonly TunedTrial[]): boolean {
    const whole = trials.filter(({ state }) => state === 'complete').map(({ seconds }) => seconds);
    const shortest = whole.length === 0 ? 0 : Math.min(...whole);
    return this.left() > (trials.length === 0 ? 0 : shortest);
  }
}

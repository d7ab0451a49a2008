import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { configText } from '@polytag/cli';
import { counted, InterruptedError, PolytagError, printable, QueueError, UsageError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import type { Executor, Job, Store } from '@polytag/queue';
import { assertOwnFolder, lockRun } from '@polytag/training';
import { loadRunConfig } from '../config/load-run-config.js';
import type { RunConfig } from '../config/run-config.js';
import { openJobs, type JobPlace } from '../jobs/open-jobs.js';
import { shareFeatures } from '../jobs/share-features.js';
import { asJson, storedConfig } from '../jobs/stored-config.js';
import { refuseMachines } from '../rounds/refuse-machines.js';
import { loadParts } from '../run/load-parts.js';
import type { RunContext } from '../run/run-context.js';
import { drawScenes } from '../run/run-data.js';
import { nextLine } from '../tables/next-line.js';
import {
  assignmentsOf,
  gridTrials,
  readGrid,
  readSpace,
  settingsText,
  suggested,
  type SweepSettings,
} from './settings.js';
import { SweepProgress } from './sweep-progress.js';
import { keepRecord, readSweepRecord, type SweepRecord } from './sweep-record.js';
import { bestOf, readTrialResult, sweepTable, writeTrials, type SweepTrial } from './sweep-tables.js';

export interface SweepOptions extends JobPlace {
  /** Config file. */
  readonly config: string;
  /** Assignments of `--set`, for every trial. */
  readonly set: readonly string[];
  /** File of a grid; or `tpe`. */
  readonly grid?: string;
  /** File of a space to search. */
  readonly tpe?: string;
  /** How many trials a search makes. */
  readonly trials?: number;
  readonly folder: string;
  /** Does only every n-th trial, from the i-th on; another call collects them. */
  readonly share?: { readonly index: number; readonly count: number };
  /** End hopeless trials early. Default: as the folder was begun, else yes. */
  readonly prune?: boolean;
  /** Trials of a round. Default 8. */
  readonly round?: number;
}

/** What a folder of a sweep is known by. */
const OWN_FOLDER = {
  what: 'sweep',
  example: 'runs/sweep',
  begun: /^sweep\.json$/,
  beside: /^jobs$/,
  replaced: /^best\.yaml$/,
};

/** Trials of a search, where nobody says. */
const TRIALS = 20;
const ROUND = 8;

/**
 * Trains every combination of a grid, or what a TPE chooses, and compares them. Trials are jobs: on this machine or on
 * workers, and done once each, however often the command is started. What a trial is compared with, and what a search knows
 * when it chooses, are the trials of earlier rounds, so that the table is the same on any number of workers.
 *
 * The folder gets `sweep.json`, `trials.json`, `trials.csv`, `best.yaml`; trials are in the store (without one, in `jobs` of
 * the folder).
 *
 * @throws UsageError `usage/foreign-folder`, `usage/grid`, `usage/search-space`, `usage/resume-differs`, `usage/no-validation`
 * @throws QueueError `queue/jobs-failed` after all, where trials failed
 * @throws InterruptedError after a signal: what is done so far stays
 */
export async function sweep(options: SweepOptions, context: RunContext): Promise<void> {
  const { folder, share } = options;
  const config = await loadRunConfig(options.config, options.set);
  assertComparable(config);
  await assertOwnFolder(folder, OWN_FOLDER);
  await loadParts(config, context);
  const record = await planned(config, options);
  const grid = record.grid && gridTrials(record.grid);
  // What is wrong with one value is told before any trial is trained.
  for (const [i, settings] of (grid ?? []).entries()) await assertTrial(i + 1, settings, options, context);
  await mkdir(folder, { recursive: true });
  await keepRecord(folder, record);
  const isAlone = options.queue === undefined && !share;
  const unlock = isAlone ? await lockRun(folder) : undefined;
  try {
    await drawScenes(config.data, context.progress);
    const jobs = await openJobs(options, folder, config.training, context);
    try {
      await (share
        ? trainShare(grid!, share, options, jobs, context)
        : trainAll(record, grid, options, jobs, context));
    } finally {
      await jobs.executor.close();
    }
  } finally {
    await unlock?.();
  }
}

/** @throws UsageError `usage/no-validation`, `usage/machines` */
function assertComparable(config: RunConfig): void {
  if (config.data.val === null) {
    throw new UsageError('usage/no-validation', 'A sweep needs validation images to compare the trials.', {
      hint: 'Choose a validation label file (--set data.val=FILE).',
    });
  }
  refuseMachines(config, 'sweep');
}

async function planned(config: RunConfig, options: SweepOptions): Promise<SweepRecord> {
  const { grid: gridFile, tpe, share, round = ROUND } = options;
  if ((gridFile === undefined) === (tpe === undefined)) {
    throw new UsageError('usage/grid', 'A sweep needs either --grid or --tpe.', {
      hint: 'A grid maps config keys to lists; every combination is trained.',
    });
  }
  if (share && tpe !== undefined) {
    throw new UsageError(
      'usage/grid',
      '--trial works only with --grid: a search needs the results of earlier trials.',
      {
        hint: 'Remove --trial; to use several machines, add --queue.',
      },
    );
  }
  if (gridFile !== undefined && options.trials !== undefined) {
    throw new UsageError('usage/grid', '--trials works only with --tpe: a grid trains every combination.');
  }
  const before = await readSweepRecord(options.folder);
  const prune = options.prune ?? before?.prune ?? !share;
  if (share && prune) {
    throw new UsageError(
      'usage/grid',
      '--trial and --prune cannot be combined: pruning needs the results of other trials.',
      {
        hint: 'Remove --prune, and choose another folder with --out.',
      },
    );
  }
  const grid = gridFile === undefined ? undefined : await readGrid(gridFile);
  const space = tpe === undefined ? undefined : await readSpace(tpe);
  const trials = grid ? gridTrials(grid).length : (options.trials ?? TRIALS);
  return { version: 1, config, grid, space, trials, prune, round };
}

/** What trials are done with. */
export interface SweepJobs {
  readonly executor: Executor;
  readonly store: Store;
}

const configOf = (settings: SweepSettings, { config, set }: SweepOptions): Promise<RunConfig> =>
  loadRunConfig(config, [...set, ...assignmentsOf(settings)]);

/** @throws UsageError that names the trial and its settings */
async function assertTrial(
  trial: number,
  settings: SweepSettings,
  options: SweepOptions,
  context: RunContext,
): Promise<void> {
  try {
    const config = await configOf(settings, options);
    assertComparable(config);
    await loadParts(config, context);
  } catch (cause) {
    if (!(cause instanceof UsageError)) throw cause;
    const message = `Trial ${trial} of the grid (${settingsText(settings)}): ${cause.message}`;
    throw new UsageError(cause.code, message, { hint: cause.hint, cause });
  }
}

async function trialConfig(
  settings: SweepSettings,
  options: SweepOptions,
  { store }: SweepJobs,
): Promise<RunConfig> {
  const config = await configOf(settings, options);
  const { features } = config.training;
  return {
    ...config,
    log: { ...config.log, tensorboard: false },
    training: {
      ...config.training,
      features: features && { ...features, cache: features.cache ?? join(store.path, 'features') },
    },
  };
}

async function trialJobOf(
  config: RunConfig,
  finished: readonly (readonly number[])[],
  { store }: SweepJobs,
): Promise<Job> {
  return {
    kind: 'trial',
    version: 1,
    parameters: { config: asJson(await storedConfig(config, store)), finished },
  };
}

/** A trial with its job, as far as it is known. */
interface RunningTrial extends SweepTrial {
  readonly scores: readonly number[];
}

async function trainAll(
  record: SweepRecord,
  grid: readonly SweepSettings[] | undefined,
  options: SweepOptions,
  jobs: SweepJobs,
  context: RunContext,
): Promise<void> {
  const { folder } = options;
  const trials: RunningTrial[] = [];
  // Without anything to be compared or learned, all trials are one round.
  const size = record.prune || !grid ? record.round : record.trials;
  const progress = new SweepProgress(record.trials, jobs.executor, context.progress);
  try {
    for (let first = 0; first < record.trials; first += size) {
      const known = [...trials];
      const finished = record.prune
        ? known.filter(({ status }) => status === 'complete').map(({ scores }) => scores)
        : [];
      const scored = known.map(({ settings, status, mAP }) => ({
        settings,
        score: status === 'diverged' || mAP === null ? -Infinity : mAP,
      }));
      const numbers = Array.from({ length: Math.min(size, record.trials - first) }, (_, i) => first + i + 1);
      for (const trial of numbers) {
        const settings =
          grid?.[trial - 1] ?? suggested(record.space!, scored, { seed: record.config.seed, trial });
        trials.push({ trial, settings, mAP: null, status: 'waiting', epochs: 0, scores: [] });
      }
      await writeTrials(folder, tableOf(trials));
      const configs = await Promise.all(
        numbers.map((number) => trialConfig(trials[number - 1].settings, options, jobs)),
      );
      await shareFeatures(configs, jobs, context);
      const results: Promise<void>[] = [];
      // One after the other: workers take them in their order.
      for (const [i, number] of numbers.entries()) {
        const { settings } = trials[number - 1];
        const id = await jobs.executor.submit(await trialJobOf(configs[i], finished, jobs));
        progress.add(number, id, settings);
        const result = trialResult(trials[number - 1], id, jobs).then((trial) => {
          trials[number - 1] = trial;
          progress.ended(trial, trials);
        });
        // Told when all are waited for.
        result.catch(() => undefined);
        results.push(result);
      }
      await Promise.all(results);
      await writeTrials(folder, tableOf(trials));
    }
  } finally {
    progress.close();
    await writeTrials(folder, tableOf(trials));
  }
  await finish(tableOf(trials), options, context);
}

async function trialResult(trial: RunningTrial, id: string, { executor }: SweepJobs): Promise<RunningTrial> {
  try {
    const { status, mAP, scores } = await readTrialResult(await executor.result(id));
    return { ...trial, status, mAP, scores, epochs: scores.length };
  } catch (error) {
    if (!(error instanceof PolytagError) || error.code !== 'queue/job-failed') throw error;
    return { ...trial, status: 'failed', error: error.message };
  }
}

/** Without what the table does not show. */
const tableOf = (trials: readonly RunningTrial[]): SweepTrial[] =>
  trials.map(({ scores: _, ...trial }) => trial);

/** Trains a share of a grid's trials, one after the other; their results wait in the store. */
async function trainShare(
  grid: readonly SweepSettings[],
  { index, count }: { readonly index: number; readonly count: number },
  options: SweepOptions,
  jobs: SweepJobs,
  context: RunContext,
): Promise<void> {
  const own = grid
    .map((settings, i) => ({ settings, trial: i + 1 }))
    .filter((_, i) => i % count === index - 1);
  const progress = new SweepProgress(own.length, jobs.executor, context.progress);
  const done: SweepTrial[] = [];
  try {
    await Promise.all(
      own.map(async ({ trial, settings }) => {
        const config = await trialConfig(settings, options, jobs);
        const id = await jobs.executor.submit(await trialJobOf(config, [], jobs));
        progress.add(trial, id, settings);
        const waiting = { trial, settings, mAP: null, status: 'waiting', epochs: 0, scores: [] } as const;
        const ended = await trialResult(waiting, id, jobs);
        done.push(ended);
        progress.ended(ended, done);
      }),
    );
  } finally {
    progress.close();
  }
  context.out.write(`trained ${counted(own.length, 'trial')} of ${grid.length}\n`);
  assertNoneFailed(done);
}

/** Writes the winning config and tells what was found. */
async function finish(
  trials: readonly SweepTrial[],
  options: SweepOptions,
  { out }: RunContext,
): Promise<void> {
  const { folder } = options;
  const best = bestOf(trials);
  out.write(sweepTable(trials));
  if (best) {
    const file = join(folder, 'best.yaml');
    await writeFileAtomically(file, configText(await configOf(best.settings, options)));
    out.write(`config: ${printable(file, Infinity)}, trials: ${printable(join(folder, 'trials.json'), Infinity)} and trials.csv\n`); // prettier-ignore
    out.write(nextLine('fit', '--config', file, '--out', 'runs/best'));
  }
  assertNoneFailed(trials);
}

/** @throws QueueError `queue/jobs-failed` */
function assertNoneFailed(trials: readonly SweepTrial[]): void {
  const failed = trials.filter(({ status }) => status === 'failed');
  if (failed.length === 0) return;
  throw new QueueError(
    'queue/jobs-failed',
    `${failed.length} of ${counted(trials.length, 'trial')} failed: ${failed.map(({ trial }) => trial).join(', ')}. The first: ${failed[0].error}`,
    { hint: 'The others are in the table. Repeat the command to try the failed ones again.' },
  );
}

export const stoppedSweep = (error: InterruptedError): InterruptedError =>
  new InterruptedError(error.code, 'The sweep was stopped and saved.', {
    hint: 'Repeat the command to continue.',
    cause: error,
  });

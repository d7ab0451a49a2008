import { randomUUID } from 'node:crypto';
import { cp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readConfigFile } from '@polytag/cli';
import { counted, InterruptedError, PolytagError, QueueError } from '@polytag/core';
import { lockRun } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import { openJobs, type JobPlace } from '../jobs/open-jobs.js';
import { runningJobs } from '../jobs/running-jobs.js';
import { shareFeatures, type FeatureJobs } from '../jobs/share-features.js';
import { asJson, storedConfig } from '../jobs/stored-config.js';
import { featureFolder } from '../run/feature-folder.js';
import { writeRunConfig } from '../run/run-config-file.js';
import type { RunContext } from '../run/run-context.js';
import { partitionText, type Partition } from './partition.js';
import { foldConfig, foldName, isFoldDone } from './train-fold.js';

export interface FoldJobsOptions {
  readonly config: RunConfig;
  readonly partition: Partition;
  /** The folder of all folds. */
  readonly folder: string;
  readonly place: JobPlace;
}

/** Where jobs of this machine are, in the folder of all folds, as long as they are needed. */
const OWN_STORE = 'jobs';

/** How often the line is written, ms. */
const EVERY = 1000;

/**
 * Trains the folds that are not done yet as jobs, by workers or in processes of this machine, and puts their run folders
 * where one machine would have made them.
 *
 * @throws QueueError `queue/jobs-failed` after all, where folds failed
 * @throws InterruptedError after a signal: what is done so far stays
 */
export async function trainFoldsAsJobs(options: FoldJobsOptions, context: RunContext): Promise<void> {
  const { config, partition, folder, place } = options;
  const open = [...partition.folds.keys()].filter((fold) => !isFoldDone(folder, fold));
  if (open.length === 0) return;
  const isHere = place.queue === undefined;
  const unlock = isHere ? await lockRun(folder) : undefined;
  try {
    const { executor, store } = await openJobs(place, join(folder, OWN_STORE), config.training, context);
    try {
      await trainOpen(open, options, { executor, store }, context);
    } finally {
      await executor.close();
    }
    if (isHere) await rm(join(folder, OWN_STORE), { recursive: true, force: true });
  } finally {
    await unlock?.();
  }
}

async function trainOpen(
  open: readonly number[],
  options: FoldJobsOptions,
  jobs: FeatureJobs,
  context: RunContext,
): Promise<void> {
  const { executor, store } = jobs;
  const config = sharedConfig(options);
  await shareFeatures([config], jobs, context);
  const parameters = {
    config: asJson(await storedConfig(config, store)),
    partition: { ...(await store.putContent(partitionText(options.partition), 'folds.json')) },
  };
  const { progress } = context;
  const ids = new Map<number, string>();
  const failures: string[] = [];
  const show = setInterval(() => {
    const running = [...ids].map(([fold, id]) => ({ name: `fold ${fold + 1}`, ...executor.progress(id) }));
    progress.update({
      label: 'finished folds',
      done: running.filter(({ state }) => state === 'published').length,
      total: open.length,
      detail: runningJobs(running.filter(({ state }) => state === 'running')),
    });
  }, EVERY);
  try {
    const results: Promise<void>[] = [];
    for (const fold of open) {
      const id = await executor.submit({ kind: 'fold', version: 1, parameters: { ...parameters, fold } });
      ids.set(fold, id);
      const result = followed(fold, id, options, jobs).then((failure) => {
        if (failure !== undefined) failures.push(failure);
        progress.line(failure ?? `fold ${fold + 1} of ${options.partition.folds.length} is finished`);
      });
      // Told when all are waited for.
      result.catch(() => undefined);
      results.push(result);
    }
    await Promise.all(results);
  } catch (error) {
    throw error instanceof InterruptedError ? stopped(error) : error;
  } finally {
    clearInterval(show);
  }
  if (failures.length === 0) return;
  throw new QueueError(
    'queue/jobs-failed',
    `${failures.length} of ${counted(open.length, 'fold')} failed. ${failures.slice(0, 3).join(' ')}`,
    { hint: 'The others are finished. Repeat the command with --resume to try the failed ones again.' },
  );
}

/** The config of all folds, whose features are in one cache. */
function sharedConfig({ config, folder }: FoldJobsOptions): RunConfig {
  const { features } = config.training;
  return {
    ...config,
    data: { ...config.data, val: null },
    training: {
      ...config.training,
      features: features && { ...features, cache: featureFolder(features, folder) },
    },
  };
}

/** @returns what to say of a fold that failed on every attempt */
async function followed(
  fold: number,
  id: string,
  options: FoldJobsOptions,
  { executor }: FeatureJobs,
): Promise<string | undefined> {
  try {
    await putInPlace(fold, await executor.result(id), options);
    return undefined;
  } catch (error) {
    if (!(error instanceof PolytagError) || error.code !== 'queue/job-failed') throw error;
    return `Fold ${fold + 1}: ${error.message}`;
  }
}

/** Copies the run folder of a fold out of the result of its job. It is there whole or not at all. */
async function putInPlace(fold: number, result: string, { config, folder }: FoldJobsOptions): Promise<void> {
  const target = join(folder, foldName(fold));
  const aside = join(folder, `.${foldName(fold)}.${randomUUID()}.tmp`);
  try {
    await cp(join(result, foldName(fold)), aside, { recursive: true });
    // Where the job was done, its files were elsewhere; what it found and settled holds here too.
    const { training } = (await readConfigFile(join(aside, 'config.yaml'))) as Pick<RunConfig, 'training'>;
    const { replicas, learningRate } = training;
    const own = foldConfig(config, folder, fold);
    await writeRunConfig(aside, { ...own, training: { ...own.training, replicas, learningRate } });
    if (!isFoldDone(folder, fold)) await rm(target, { recursive: true, force: true });
    await rename(aside, target);
  } catch (error) {
    // Another coordinator was first, with the same.
    if (!isFoldDone(folder, fold)) throw error;
  } finally {
    await rm(aside, { recursive: true, force: true });
  }
}

const stopped = (error: InterruptedError): InterruptedError =>
  new InterruptedError(error.code, 'The folds were stopped and saved.', {
    hint: 'Repeat the command with --resume to continue.',
    cause: error,
  });

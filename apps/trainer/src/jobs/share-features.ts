import { PassThrough } from 'node:stream';
import { Progress } from '@polytag/cli';
import { counted, PolytagError } from '@polytag/core';
import type { Executor, Job, Store } from '@polytag/queue';
import { runConfigSchema, type RunConfig } from '../config/run-config.js';
import type { RunContext } from '../run/run-context.js';
import { readData } from '../run/run-data.js';
import { asJson, storedConfig } from './stored-config.js';

/** Images of a job: a minute or so of a small backbone, and enough for it to be loaded once. */
const IMAGES = 512;

/** How often the line is written, ms. */
const EVERY = 1000;

/** Each run tells of its data itself. */
const SILENT = new Progress(new PassThrough().resume());

/** What features are computed with, and where they go. */
export interface FeatureJobs {
  readonly executor: Executor;
  readonly store: Store;
}

/**
 * Has the features that configs cache computed by jobs, each image once, before runs need them: by all workers at once,
 * and not by each run for itself. Views of their own (`training.features.views`) are left to the runs, as they depend on
 * the images that a run goes without. What a job could not compute, a run computes.
 *
 * @param configs with `training.features.cache` within the store; those without features are passed over
 * @throws InterruptedError after a signal
 */
export async function shareFeatures(
  configs: readonly RunConfig[],
  { executor, store }: FeatureJobs,
  { progress }: Pick<RunContext, 'progress'>,
): Promise<void> {
  const jobs: Job[] = [];
  const known = new Set<string>();
  for (const config of configs) {
    const { features } = config.training;
    if (!features || features.views !== undefined) continue;
    const needed = neededFor(config);
    const key = JSON.stringify(needed);
    if (known.has(key)) continue;
    known.add(key);
    const parameters = { config: asJson(await storedConfig(needed, store)) };
    const data = await readData(needed, { progress: SILENT });
    for (const part of ['train', 'validation'] as const) {
      const count = Math.ceil((data[part]?.images.length ?? 0) / IMAGES);
      for (let index = 0; index < count; index++)
        jobs.push({
          kind: 'features',
          version: 1,
          parameters: { ...parameters, part, share: { index, count } },
        });
    }
  }
  if (jobs.length === 0) return;
  const ids = await Promise.all(jobs.map((job) => executor.submit(job)));
  const isDone = (id: string) => executor.progress(id).state === 'published';
  const open = ids.filter((id) => !isDone(id));
  if (open.length === 0) return;
  progress.line(`features: ${counted(open.length, 'job')} of up to ${IMAGES} images each`);
  const show = setInterval(
    () =>
      progress.update({
        label: 'finished jobs of features',
        done: open.filter(isDone).length,
        total: open.length,
      }),
    EVERY,
  );
  try {
    for (const id of open)
      await executor.result(id).catch((error: unknown) => {
        if (!(error instanceof PolytagError) || error.code !== 'queue/job-failed') throw error;
        progress.line(`${error.message}; the runs compute these features themselves`);
      });
  } finally {
    clearInterval(show);
  }
}

/** Of a config what its features depend on, so that runs that differ in other things share them. */
const neededFor = ({ seed, native, engine, data, model, training: { features } }: RunConfig): RunConfig =>
  runConfigSchema.parse({
    ...{ seed, native, engine, model },
    data: { ...data, sampler: undefined, augment: undefined, badImages: undefined, maxBadImages: undefined },
    training: { features },
  });

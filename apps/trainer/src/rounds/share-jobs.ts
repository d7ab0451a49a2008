import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Progress } from '@polytag/cli';
import { printable, UsageError } from '@polytag/core';
import { type Executor, type Job, type Json, type Store, type StoredFile } from '@polytag/queue';
import type { Round, ShareResult, ShareState, ShareTrainer } from '@polytag/training';
import type { RunConfig } from '../config/run-config.js';
import { runningJobs } from '../jobs/running-jobs.js';
import { asJson, storedConfig } from '../jobs/stored-config.js';
import { featureFolder } from '../run/feature-folder.js';
import { OPTIMISERS_FILE, readShare, WEIGHTS_FILE } from './share-files.js';

export interface ShareJobsOptions {
  readonly executor: Executor;
  readonly store: Store;
  /** As the run takes it. */
  readonly config: RunConfig;
  /** The run's folder. */
  readonly folder: string;
  /** Training images that the run goes without. */
  readonly without: readonly string[];
  readonly shares: number;
  readonly progress: Progress;
}

/** How often the line of a round is written, ms. */
const EVERY = 1000;

/**
 * Trains the shares of rounds as jobs, here or by workers. Weights go through the store, by their content; what a share left
 * stays there until a checkpoint has a later round.
 */
export class ShareJobs implements ShareTrainer {
  #config?: Promise<Json>;
  #constants?: Promise<StoredFile>;
  /** Jobs and weights that are needed no more once a checkpoint is saved. */
  #spent: { readonly jobs: string[]; readonly weights: StoredFile[] } = { jobs: [], weights: [] };
  /** Jobs of the last round. */
  #last: readonly string[] = [];

  constructor(private readonly options: ShareJobsOptions) {}

  /** @throws UsageError `usage/no-round` where what the shares left is not in the store; what a job failed with */
  async train({ weights, constants, states, ...round }: Round): Promise<ShareResult[]> {
    const { executor, store, without, shares } = this.options;
    this.#config ??= this.#storedConfig().then(asJson);
    const own = this.#tag(await this.#config);
    this.#constants ??= store.putContent(constants, `${own}-constants.safetensors`);
    const common = await store.putContent(weights, `${own}-${WEIGHTS_FILE}`);
    const before = states?.map((state) => this.#stateOf(state));
    const parameters = {
      config: await this.#config,
      without: [...without],
      round: round as unknown as Json,
      weights: { ...common },
      constants: { ...(await this.#constants) },
    };
    const ids: string[] = [];
    for (let index = 0; index < shares; index++) {
      const left = before?.[index];
      const optimisers = left && {
        name: await store.nameOf(join(store.resultFolder(left.job), OPTIMISERS_FILE)),
        sha256: left.sha256,
      };
      const job: Job = {
        kind: 'share',
        version: 1,
        parameters: { ...parameters, share: { index, count: shares }, optimisers },
      };
      ids.push(await executor.submit(job));
    }
    const results = await this.#waited(ids, round);
    this.#spent.jobs.push(...(before ?? []).map(({ job }) => job));
    this.#spent.weights.push(common);
    this.#last = ids;
    return results;
  }

  /**
   * What the files of the run are called by: another run may well begin from the same weights, and removes its own when it
   * needs them no more.
   */
  #tag(config: Json): string {
    const text = JSON.stringify([config, resolve(this.options.folder)]);
    return createHash('sha256').update(text).digest('hex').slice(0, 16);
  }

  async saved(): Promise<void> {
    const { jobs, weights } = this.#spent;
    this.#spent = { jobs: [], weights: [] };
    await this.#remove(jobs, weights);
  }

  /** Takes out of the store what a run that has ended needs no more. */
  async finish(): Promise<void> {
    await this.saved();
    await this.#remove(this.#last, this.#constants ? [await this.#constants] : []);
  }

  async #remove(jobs: readonly string[], files: readonly StoredFile[]): Promise<void> {
    const { store } = this.options;
    for (const id of jobs) await store.removeJob(id);
    for (const file of files) await store.removeContent(file);
  }

  /** What a job needs of the config: the folder, the models and how a share is trained. Weights come with each round. */
  #storedConfig() {
    const { config, folder, store } = this.options;
    const { features } = config.training;
    const unloaded = <Section extends RunConfig['model']>(section: Section): Section => ({
      ...section,
      weights: undefined,
      weightsSha256: undefined,
      weightsLabels: undefined,
    });
    return storedConfig(
      {
        ...config,
        data: { ...config.data, val: null },
        model: unloaded(config.model),
        log: { ...config.log, tensorboard: false },
        training: {
          ...config.training,
          machines: false,
          findLearningRate: false,
          features: features && { ...features, cache: featureFolder(features, folder) },
        },
        mutual: { models: config.mutual.models.map(unloaded) },
      },
      store,
    );
  }

  #stateOf(state: ShareState): { readonly job: string; readonly sha256: string } {
    const { job, sha256 } = state as { readonly job: string; readonly sha256: string };
    const { store } = this.options;
    if (store.isPublished(job)) return { job, sha256 };
    throw new UsageError(
      'usage/no-round',
      `The run continues after a round whose results are not in the store ${printable(store.path, 400)}.`,
      { hint: 'Use the store that the run was started with (--store), or start a new run.' },
    );
  }

  async #waited(
    ids: readonly string[],
    { step, steps }: Omit<Round, 'weights' | 'constants'>,
  ): Promise<ShareResult[]> {
    const { executor, progress } = this.options;
    const show = setInterval(() => {
      const shares = ids.map((id) => executor.progress(id));
      const doneOf = ({ state, done = 0 }: (typeof shares)[number]) => (state === 'published' ? steps : done);
      progress.update({
        label: `steps ${step + 1} to ${step + steps} of all shares`,
        done: shares.reduce((sum, share) => sum + doneOf(share), 0),
        total: steps * ids.length,
        detail: runningJobs(shares.map((share, i) => ({ ...share, name: `share ${i + 1}` }))),
      });
    }, EVERY);
    try {
      return await Promise.all(ids.map(async (id) => shareResult(id, await executor.result(id))));
    } finally {
      clearInterval(show);
    }
  }
}

async function shareResult(id: string, folder: string): Promise<ShareResult> {
  const { steps, images, diverged, optimisers } = await readShare(folder);
  return {
    steps,
    images,
    diverged,
    weights: () => readFile(join(folder, WEIGHTS_FILE)),
    state: { job: id, sha256: optimisers },
  };
}

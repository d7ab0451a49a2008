import { InterruptedError, QueueError } from '@polytag/core';
import { attemptJob, failureText } from '../child/attempt-job.js';
import { JobProcesses, type JobProcessesOptions } from '../child/job-processes.js';
import { jobId, type Job } from '../jobs/job.js';
import { markCancelled, unmarkCancelled } from '../store/attempt.js';
import type { Store } from '../store/store.js';
import { ATTEMPTS, type Executor, type JobProgress } from './executor.js';

export interface LocalExecutorOptions extends JobProcessesOptions {
  readonly store: Store;
  /** Jobs at once. */
  readonly parallel: number;
  readonly allowModules: boolean;
}

interface Entry {
  progress: JobProgress;
  result: Promise<string>;
}

/** Runs jobs on this machine, each in its own process. */
export class LocalExecutor implements Executor {
  readonly #options: LocalExecutorOptions;
  readonly #processes: JobProcesses;
  readonly #entries = new Map<string, Entry>();
  readonly #stop = new AbortController();
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(options: LocalExecutorOptions) {
    this.#options = options;
    this.#processes = new JobProcesses(options);
    this.#free = options.parallel;
  }

  async submit(job: Job): Promise<string> {
    const id = jobId(job);
    if (this.#entries.has(id)) return id;
    // Before anything is waited for: who submits it meanwhile gets the same.
    const entry: Entry = { progress: { state: 'waiting' }, result: Promise.resolve('') };
    this.#entries.set(id, entry);
    const unmarked = unmarkCancelled(this.#options.store, id);
    entry.result = unmarked.then(() => this.#run(job, id, entry));
    // Who asks for the result is told; nobody need ask.
    entry.result.catch(() => undefined);
    await unmarked;
    return id;
  }

  async #run(job: Job, id: string, entry: Entry): Promise<string> {
    const { store } = this.#options;
    if (!store.isPublished(id)) {
      await this.#turn();
      try {
        if (this.#stop.signal.aborted)
          throw new InterruptedError('queue/interrupted', 'The jobs were stopped.');
        await this.#attempts(job, id, entry);
      } catch (error) {
        entry.progress = { state: 'failed' };
        throw error;
      } finally {
        this.#free++;
        this.#waiting.shift()?.();
      }
    }
    entry.progress = { state: 'published' };
    return store.resultFolder(id);
  }

  async #attempts(job: Job, id: string, entry: Entry): Promise<void> {
    const { store, allowModules } = this.#options;
    for (let left = ATTEMPTS; ; left--) {
      entry.progress = { state: 'running' };
      try {
        return await attemptJob(job, {
          store,
          isLocal: true,
          processes: this.#processes,
          allowModules,
          signal: this.#stop.signal,
          onStep: (step) => (entry.progress = { state: 'running', ...step }),
        });
      } catch (error) {
        if (error instanceof InterruptedError) throw error;
        if (left === 1) throw jobFailed(id, error);
      }
    }
  }

  async #turn(): Promise<void> {
    while (this.#free === 0) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#free--;
  }

  progress(id: string): JobProgress {
    return this.#entries.get(id)?.progress ?? { state: 'waiting' };
  }

  async result(id: string): Promise<string> {
    return this.#entries.get(id)?.result ?? this.#options.store.resultFolder(id);
  }

  async cancel(id: string): Promise<void> {
    await markCancelled(this.#options.store, id);
  }

  async close(): Promise<void> {
    this.#stop.abort();
    await Promise.allSettled([...this.#entries.values()].map(({ result }) => result));
    await this.#processes.close();
  }
}

/** A job that failed on every attempt, with the last reason. */
export const jobFailed = (id: string, cause: unknown): QueueError =>
  new QueueError('queue/job-failed', `${id} failed ${ATTEMPTS} times: ${reasonOf(cause)}`, { cause });

const reasonOf = (error: unknown): string => (error instanceof Error ? failureText(error) : String(error));

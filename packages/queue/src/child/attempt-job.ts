import { InterruptedError } from '@polytag/core';
import { fileErrorFrom } from '@polytag/files';
import { jobId, type Job } from '../jobs/job.js';
import type { JobStep } from '../jobs/job-kind.js';
import { beginAttempt, isCancelled, publish } from '../store/attempt.js';
import type { Store } from '../store/store.js';
import { ChildDied } from './job-process.js';
import type { JobProcesses } from './job-processes.js';

export interface AttemptOptions {
  readonly store: Store;
  readonly isLocal: boolean;
  readonly processes: JobProcesses;
  readonly allowModules: boolean;
  /** Has the job save what it did and stop. */
  readonly signal: AbortSignal;
  onStep?(step: JobStep): void;
}

/** How often a worker looks whether its job was cancelled, ms. */
const LOOK = 2000;

/**
 * Does a job and publishes its result, unless it is there. A process that was killed is started again where it had come
 * further than the one before: that is the machine's fault, not the job's.
 *
 * @throws InterruptedError `queue/interrupted`, `queue/cancelled`, `queue/fenced`; and what the job threw
 */
export async function attemptJob(
  job: Job,
  { store, isLocal, processes, allowModules, signal, onStep }: AttemptOptions,
): Promise<void> {
  const id = jobId(job);
  if (store.isPublished(id)) return;
  const cancel = new AbortController();
  const look = setInterval(() => isCancelled(store, id) && cancel.abort(), LOOK);
  let furthest = 0;
  try {
    for (;;) {
      if (isCancelled(store, id)) throw cancelled(id);
      const attempt = await beginAttempt(store, id).catch((error: unknown) => {
        throw fileErrorFrom(error) ?? error;
      });
      let reached = 0;
      try {
        await processes.run(
          { store: store.path, isLocal, job, folder: attempt.folder, allowModules },
          {
            signal: AbortSignal.any([signal, cancel.signal]),
            onStep: (step) => {
              reached = step.done;
              onStep?.(step);
            },
          },
        );
        return await publish(store, attempt);
      } catch (error) {
        if (cancel.signal.aborted) throw cancelled(id);
        if (!(error instanceof ChildDied) || reached <= furthest) throw error;
        furthest = reached;
      }
    }
  } finally {
    clearInterval(look);
  }
}

const cancelled = (id: string): InterruptedError =>
  new InterruptedError('queue/cancelled', `${id} was cancelled.`, {
    hint: 'Repeat the command that submitted it to run it again.',
  });

/** What a job failed with and what to do about it, on one line: it is read elsewhere. */
export function failureText(error: Error): string {
  const { code, hint } = error as { readonly code?: unknown; readonly hint?: string };
  const text = hint === undefined ? error.message : `${error.message} ${hint}`;
  return typeof code === 'string' ? `${text} (${code})` : text;
}

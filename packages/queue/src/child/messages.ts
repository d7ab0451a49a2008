import type { ThreadFailure } from '@polytag/core';
import type { Job } from '../jobs/job.js';
import type { JobStep } from '../jobs/job-kind.js';

/** What a child is told for each job, over the channel that Node gives it. */
export interface ChildRequest {
  readonly store: string;
  readonly isLocal: boolean;
  readonly job: Job;
  /** The attempt's. */
  readonly folder: string;
  readonly allowModules: boolean;
}

/** What it tells. */
export type ChildMessage = { readonly step: JobStep } | { readonly isAlive: true } | ChildEnd;

/** How a job ended. After all but the first and the last the process ends too. */
export type ChildEnd =
  /** `isKept`: the process waits for another job. */
  | { readonly ended: true; readonly isKept: boolean }
  /** It has saved what it did, as it was asked to. */
  | { readonly interrupted: true }
  | { readonly failed: ThreadFailure }
  /** Nothing was done: the job is none that may follow the one before it in this process. */
  | { readonly declined: true };

import type { ThreadFailure } from '@polytag/core';
import type { Job } from '../jobs/job.js';
import type { JobStep } from '../jobs/job-kind.js';

/** What a child is told, once, over the channel that Node gives it. */
export interface ChildRequest {
  readonly store: string;
  readonly isLocal: boolean;
  readonly job: Job;
  /** The attempt's. */
  readonly folder: string;
  readonly allowModules: boolean;
}

/** What it tells. */
export type ChildMessage =
  | { readonly step: JobStep }
  | { readonly ended: true }
  /** It has saved what it did, as it was asked to. */
  | { readonly interrupted: true }
  | { readonly failed: ThreadFailure };

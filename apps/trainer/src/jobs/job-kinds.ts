import type { JobKind } from '@polytag/queue';
import { trialJob } from './trial-job.js';

/** What a worker of `polytag-train` can do. */
export const jobKinds: readonly JobKind[] = [trialJob];

import type { JobKind } from '@polytag/queue';
import { lumpJob } from './lump-job.js';

/** What a worker of `polytag-eval` can do. */
export const jobKinds: readonly JobKind[] = [lumpJob];

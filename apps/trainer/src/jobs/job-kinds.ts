import type { JobKind } from '@polytag/queue';
import { featuresJob } from './features-job.js';
import { foldJob } from './fold-job.js';
import { shareJob } from './share-job.js';
import { trialJob } from './trial-job.js';

/** What a worker of `polytag-train` can do. */
export const jobKinds: readonly JobKind[] = [trialJob, foldJob, featuresJob, shareJob];

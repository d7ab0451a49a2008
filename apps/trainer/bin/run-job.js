// A process that does one job of a sweep or of folds; started by polytag-train, not by hand.
import { runJobChild } from '@polytag/queue';

runJobChild(async () => (await import('../dist/jobs/job-kinds.js')).jobKinds);

// A process that does one job of predict; started by polytag-eval, not by hand.
import { runJobChild } from '@polytag/queue';

runJobChild(async () => (await import('../dist/jobs/job-kinds.js')).jobKinds);

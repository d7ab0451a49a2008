import type { ProgramJobs } from '@polytag/queue';

/** The program's part of the name of its queues, and what a process of its own runs for each job. */
export const TRAINER_JOBS: ProgramJobs = {
  program: 'train',
  childModule: new URL('../../bin/run-job.js', import.meta.url),
};

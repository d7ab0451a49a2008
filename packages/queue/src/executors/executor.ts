import type { Job } from '../jobs/job.js';

/** State of a job. */
export interface JobProgress {
  readonly state: 'waiting' | 'running' | 'published' | 'failed';
  readonly done?: number;
  readonly total?: number;
  readonly unit?: string;
}

/** Runs jobs on this machine or on others. Each job runs at least once, and each result is published once. */
export interface Executor {
  /**
   * Submits a job. A finished job does not run again, and a running one is not started twice.
   *
   * @returns its id
   */
  submit(job: Job): Promise<string>;
  /** State of a submitted job. */
  progress(id: string): JobProgress;
  /**
   * Waits for a job.
   *
   * @returns the folder of its result
   * @throws QueueError `queue/job-failed` after the last attempt; InterruptedError `queue/cancelled`
   */
  result(id: string): Promise<string>;
  /** Stops a job, or keeps it from starting. */
  cancel(id: string): Promise<void>;
  /** Closes the executor. A local one saves and stops its jobs; workers on other machines continue. */
  close(): Promise<void>;
}

/** Number of attempts before a job has failed: attempts that throw, or whose process dies without progress. */
export const ATTEMPTS = 3;

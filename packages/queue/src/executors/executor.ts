import type { Job } from '../jobs/job.js';

/** Where a job stands. */
export interface JobProgress {
  readonly state: 'waiting' | 'running' | 'published' | 'failed';
  readonly done?: number;
  readonly total?: number;
  readonly unit?: string;
}

/** Does jobs: here, or on other machines. What it promises: each job at least once, each result published once. */
export interface Executor {
  /**
   * Takes a job. One that is published is not done again, and one that is under way is not begun twice.
   *
   * @returns its id
   */
  submit(job: Job): Promise<string>;
  /** What is known of a job that was submitted. */
  progress(id: string): JobProgress;
  /**
   * Waits for a job.
   *
   * @returns the folder of its result
   * @throws QueueError `queue/job-failed` after the last attempt; InterruptedError `queue/cancelled`
   */
  result(id: string): Promise<string>;
  /** Has a job stop, or not begin. */
  cancel(id: string): Promise<void>;
  /** Ends this side of it. What a local executor is doing is saved and stopped; workers elsewhere go on. */
  close(): Promise<void>;
}

/** How often a job is begun that throws, or whose process dies without coming further, before it has failed. */
export const ATTEMPTS = 3;

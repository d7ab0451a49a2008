import { UsageError } from '@polytag/core';
import * as z from 'zod';
import type { Store } from '../store/store.js';
import type { Job } from './job.js';

/** How far a job is. */
export interface JobStep {
  readonly done: number;
  readonly total?: number;
  /** E.g. `images`. */
  readonly unit?: string;
}

/** What a job is given where it runs. */
export interface JobContext {
  readonly store: Store;
  /**
   * The attempt's own folder, with what an attempt before it has left. All of it is the result once the job has ended. An
   * attempt that another has replaced finds the folder gone.
   */
  readonly folder: string;
  /** Fires when the work is to be saved and given back. */
  readonly signal: AbortSignal;
  /** Whether code that a config or a model brings may run. */
  readonly allowModules: boolean;
  /** Where the job tells what it does. */
  readonly log: NodeJS.WritableStream;
  report(step: JobStep): void;
  /**
   * What jobs of one {@link JobKind.processKey} share, such as a model: made for the first of a process, and the same for
   * those after it. It lasts as long as the process.
   */
  keep<Kept>(open: () => Promise<Kept>): Promise<Kept>;
}

/** One of a program's jobs: the schema of its parameters, and what is done. */
export interface JobKind {
  readonly kind: string;
  readonly version: number;
  run(parameters: unknown, context: JobContext): Promise<void>;
  /** Jobs with the same text may follow each other in one process. Absent: each has a process of its own. */
  processKey?(parameters: unknown): string | undefined;
}

/**
 * @param run is given parameters that the schema accepts
 * @param processKey as of {@link JobKind}
 */
export const defineJobKind = <Schema extends z.ZodType>(
  kind: string,
  version: number,
  schema: Schema,
  run: (parameters: z.output<Schema>, context: JobContext) => Promise<void>,
  processKey?: (parameters: z.output<Schema>) => string,
): JobKind => ({
  kind,
  version,
  async run(parameters, context) {
    const parsed = schema.safeParse(parameters);
    if (!parsed.success)
      throw new UsageError(
        'queue/job',
        `A job of kind ${kind} is malformed: ${z.prettifyError(parsed.error)}`,
      );
    await run(parsed.data, context);
  },
  processKey(parameters) {
    const parsed = processKey && schema.safeParse(parameters);
    return parsed?.success ? processKey!(parsed.data) : undefined;
  },
});

/** @throws UsageError `queue/job` for a kind or a version that this program does not know */
export function kindOf(job: Job, kinds: readonly JobKind[]): JobKind {
  const found = kinds.find(({ kind }) => kind === job.kind);
  if (found?.version === job.version) return found;
  const what = found ? `version ${job.version} of the job ${job.kind}` : `the job ${job.kind}`;
  throw new UsageError('queue/job', `This program does not know ${what}.`, {
    hint: 'Use one version of Polytag on all machines, and workers of the same program (polytag-train or polytag-eval).',
  });
}

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

/** What a running job gets. */
export interface JobContext {
  readonly store: Store;
  /**
   * Folder of this attempt, with what earlier attempts left. When the job ends, the whole folder is its result. If another
   * attempt has replaced this one, the folder is gone.
   */
  readonly folder: string;
  /** Fires when the job should save its work and stop. */
  readonly signal: AbortSignal;
  /** Whether code of a config or model may run. */
  readonly allowModules: boolean;
  /** For messages of the job. */
  readonly log: NodeJS.WritableStream;
  report(step: JobStep): void;
  /**
   * Something that jobs with the same {@link JobKind.processKey} share, such as a model. It is opened for the first job of
   * a process, and lives as long as the process.
   */
  keep<Kept>(open: () => Promise<Kept>): Promise<Kept>;
}

/** A kind of job: the schema of its parameters, and the function that does the work. */
export interface JobKind {
  readonly kind: string;
  readonly version: number;
  run(parameters: unknown, context: JobContext): Promise<void>;
  /** Jobs with the same key may run in one process, one after the other. Without it, each job has its own process. */
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

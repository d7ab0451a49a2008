import { createHash } from 'node:crypto';
import * as z from 'zod';

/** What JSON can hold. */
export type Json =
  string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/**
 * Work that any machine can do, as data: no code, no path outside the store, and inputs identified by content. Its id is a
 * hash of everything, so the same work is the same job, whoever submits it.
 */
export interface Job {
  /** Kind of job, e.g. `trial`. */
  readonly kind: string;
  /** Raise it when the same parameters get another meaning: earlier results are then ignored. */
  readonly version: number;
  readonly parameters: Readonly<Record<string, Json | undefined>>;
}

/** What a worker takes from the queue. The parameters are checked by the schema of their kind. */
export const jobSchema: z.ZodType<Job> = z.strictObject({
  kind: z.string().regex(/^[a-z][a-z-]{0,31}$/),
  version: z.int().positive(),
  parameters: z.record(z.string(), z.json()),
});

/** `KIND-` and 40 hexadecimal digits of the SHA-256 of the job, whatever the order of its keys. */
export function jobId(job: Job): string {
  const digest = createHash('sha256').update(canonical(job)).digest('hex');
  return `${job.kind}-${digest.slice(0, 40)}`;
}

export const isJobId = (text: string): boolean => /^[a-z][a-z-]{0,31}-[0-9a-f]{40}$/.test(text);

/** JSON with its keys in order, and without those that are undefined. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, inner]) => inner !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, inner]) => `${JSON.stringify(key)}:${canonical(inner)}`);
  return `{${entries.join(',')}}`;
}

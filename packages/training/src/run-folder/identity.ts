import { isRecord, printable, UsageError } from '@polytag/core';

/** What must be the same for a run to go on: settings, seed, data. Plain JSON, kept in its checkpoints. */
export type RunIdentity = Readonly<Record<string, unknown>>;

/** Differences that one message shows; the others are counted. */
const SHOWN = 5;

export interface IdentityOptions {
  /** What is compared, as the message names it. Default: `other settings`. */
  readonly what?: string;
  /** Keys that may differ, as paths: `training.maxHeap`. Default: none. */
  readonly mayDiffer?: readonly string[];
  readonly hint?: string;
}

/**
 * Throws if a resumed run differs from its start.
 *
 * @param before identity at the start: plain JSON
 * @param now identity of the run to resume
 * @throws UsageError `usage/resume-differs`, listing each different key as path: before → now
 */
export function assertSameIdentity(
  folder: string,
  before: unknown,
  now: unknown,
  { what = 'other settings', mayDiffer = [], hint }: IdentityOptions = {},
): void {
  const found = differences(before, now, new Set(mayDiffer));
  if (found.length === 0) return;
  const more = found.length > SHOWN ? ` and ${found.length - SHOWN} more` : '';
  throw new UsageError(
    'usage/resume-differs',
    `The run in ${folder} was started with ${what}: ${found.slice(0, SHOWN).join('; ')}${more}.`,
    { hint: hint ?? 'Resume with the same settings, or start a new run in another folder.' },
  );
}

function differences(before: unknown, now: unknown, mayDiffer: ReadonlySet<string>, path = ''): string[] {
  if (mayDiffer.has(path)) return [];
  if (isRecord(before) && isRecord(now)) {
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    return [...keys].flatMap((key) =>
      differences(before[key], now[key], mayDiffer, path ? `${path}.${key}` : key),
    );
  }
  const [old, current] = [JSON.stringify(before), JSON.stringify(now)];
  if (old === current) return [];
  return [`${path || 'the file'}: ${printable(old ?? 'nothing')} → ${printable(current ?? 'nothing')}`];
}

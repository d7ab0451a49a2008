import { UsageError } from '@polytag/core';
import type { RunIdentity } from './checkpoint.js';

/** @throws UsageError `usage/resume-differs` that names the first thing that is not as the run was started */
export function checkIdentity(folder: string, saved: RunIdentity, now: RunIdentity): void {
  const found = difference(saved, now, '');
  if (!found) return;
  throw new UsageError(
    'usage/resume-differs',
    `The run in ${folder} was started with another ${found.path}: ${found.saved}, now ${found.now}.`,
    {
      hint: 'Resume with what the run was started with, or start a new run in another folder.',
    },
  );
}

interface Difference {
  readonly path: string;
  readonly saved: string;
  readonly now: string;
}

function difference(saved: unknown, now: unknown, path: string): Difference | undefined {
  if (isRecord(saved) && isRecord(now)) {
    for (const key of new Set([...Object.keys(saved), ...Object.keys(now)])) {
      const found = difference(saved[key], now[key], path ? `${path}.${key}` : key);
      if (found) return found;
    }
    return undefined;
  }
  const [before, after] = [JSON.stringify(saved), JSON.stringify(now)];
  return before === after ? undefined : { path, saved: before ?? 'nothing', now: after ?? 'nothing' };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

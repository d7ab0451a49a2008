import { CheckpointError } from '@polytag/core';

/** @throws CheckpointError `checkpoint/missing-key` */
export function describedAs<Entry>(key: string, entries: ReadonlyMap<string, Entry>, path: string): Entry {
  const entry = entries.get(key);
  if (!entry) throw new CheckpointError('checkpoint/missing-key', `${path} has no tensor "${key}".`);
  return entry;
}

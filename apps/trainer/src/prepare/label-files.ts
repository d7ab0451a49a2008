import { access } from 'node:fs/promises';
import { resolve } from 'node:path';
import { UsageError } from '@polytag/core';

/**
 * Label files are not overwritten unless somebody says so.
 *
 * @throws UsageError `usage/file-exists`
 */
export async function refuseExisting(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (!exists) continue;
    throw new UsageError('usage/file-exists', `${path} exists already.`, {
      hint: 'Choose another folder with --out, or overwrite it with --force.',
    });
  }
}

/**
 * A label file that is written must not take the place of a file that was read, with --force either.
 *
 * @throws UsageError `usage/overwrites-source`
 */
export function refuseSources(paths: readonly string[], sources: readonly string[]): void {
  const read = new Set(sources.map((source) => resolve(source)));
  const taken = paths.find((path) => read.has(resolve(path)));
  if (taken === undefined) return;
  throw new UsageError('usage/overwrites-source', `${taken} is one of the files that were read.`, {
    hint: 'Choose another folder with --out.',
  });
}

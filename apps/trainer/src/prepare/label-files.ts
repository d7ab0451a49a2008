import { access } from 'node:fs/promises';
import { UsageError } from '@polytag/core';
import { realPath } from '@polytag/files';

/** Whether a file that begins like this is a label file. */
export const isLabelFile = (head: string): boolean =>
  /^(?:\xEF\xBB\xBF)?\s*\{/.test(head) && /"classes":|"images":\s*\[\s*\[/.test(head);

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
    throw new UsageError('usage/file-exists', `${path} already exists.`, {
      hint: 'Choose another folder with --out, or overwrite it with --force.',
    });
  }
}

/**
 * A label file that is written must not take the place of a file that was read, with --force either.
 *
 * @throws UsageError `usage/overwrites-source`
 */
export async function refuseSources(
  paths: readonly string[],
  sources: readonly string[],
  option = '--out',
): Promise<void> {
  const read = new Set(await Promise.all(sources.map(realPath)));
  const places = await Promise.all(paths.map(realPath));
  const taken = paths.find((_, i) => read.has(places[i]));
  if (taken === undefined) return;
  throw new UsageError('usage/overwrites-source', `${taken} is an input file and would be overwritten.`, {
    hint: `Choose another folder with ${option}.`,
  });
}

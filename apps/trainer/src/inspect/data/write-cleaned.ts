import { basename, extname, join } from 'node:path';
import { DataError, UsageError } from '@polytag/core';
import { writeWithoutImages } from '@polytag/datasets';
import type { TextEncoding } from '@polytag/files';
import type { DataFindings } from './find-in-data.js';

/** What a cleaned label file can be without. */
export type LeaveOut = 'unreadable' | 'exact' | 'near';

/**
 * Where the cleaned form of each label file goes: of one, into the file that is named; of several, into a folder, each
 * under its own name.
 *
 * @throws UsageError `usage/cleaned-files`
 */
export function cleanedFiles(sources: readonly string[], write: string): readonly string[] {
  const isFile = extname(write).toLowerCase() === '.json';
  if (sources.length === 1) return [isFile ? write : join(write, basename(sources[0]))];
  const names = sources.map((source) => basename(source));
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (isFile || twice !== undefined) {
    throw new UsageError(
      'usage/cleaned-files',
      isFile
        ? `--write is one file, ${write}, but there are ${sources.length} label files.`
        : `--write would write ${twice} twice.`,
      {
        hint: isFile
          ? 'Give a folder: each label file is written into it under its own name.'
          : 'Clean these label files one by one, or give them different names.',
      },
    );
  }
  return names.map((name) => join(write, name));
}

/** A label file that was written, and what it is without. */
export interface CleanedFile {
  readonly path: string;
  readonly images: number;
  readonly leftOut: Readonly<Record<LeaveOut, number>>;
}

/**
 * Writes label files anew without images that cannot be used, and without copies: of each group the first image stays,
 * in the order of the label files.
 *
 * @param paths of the new files, one for each label file
 * @throws DataError `data/nothing-left`
 */
export async function writeCleaned(
  { files, groups }: DataFindings,
  paths: readonly string[],
  leaveOut: ReadonlySet<LeaveOut>,
  options: { readonly encoding?: TextEncoding },
): Promise<readonly CleanedFile[]> {
  const reasons = files.map(({ bad }) => {
    const unreadable = bad.map(({ index }) => [index, 'unreadable'] as const);
    return new Map<number, LeaveOut>(leaveOut.has('unreadable') ? unreadable : []);
  });
  for (const { images } of groups) {
    for (const { dataset, index, copy } of images) {
      if (copy !== 'first' && leaveOut.has(copy)) reasons[dataset].set(index, copy);
    }
  }
  const cleaned = files.map(({ dataset }, f): CleanedFile => {
    const why = [...reasons[f].values()];
    const count = (what: LeaveOut) => why.filter((one) => one === what).length;
    return {
      path: paths[f],
      images: dataset.images.length - why.length,
      leftOut: { unreadable: count('unreadable'), exact: count('exact'), near: count('near') },
    };
  });
  const empty = cleaned.findIndex(({ images }) => images === 0);
  if (empty >= 0) {
    throw new DataError(
      'data/nothing-left',
      `No images of ${files[empty].dataset.source} are left; nothing was written.`,
      {
        hint: 'Its images are unusable, or are all in the other label files. Keep copies with --leave-out unreadable.',
      },
    );
  }
  for (const [f, { dataset }] of files.entries()) {
    const leftOut = new Set(reasons[f].keys());
    await writeWithoutImages(paths[f], dataset.source, dataset.images, leftOut, options);
  }
  return cleaned;
}

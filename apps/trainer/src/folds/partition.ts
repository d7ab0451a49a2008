import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, printable, UsageError } from '@polytag/core';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import * as z from 'zod';

/** Which images are in which fold. */
export interface Partition {
  /** Names of the images of each fold, as the label file writes them. */
  readonly folds: readonly (readonly string[])[];
  /** Images that cannot be used, and are in none. */
  readonly skipped: readonly string[];
  /** Which images were kept together: `duplicates`, or the hash of the file of groups. Absent: each stood alone. */
  readonly group?: string;
}

const partitionSchema = z.object({
  folds: z.array(z.array(z.string())),
  skipped: z.array(z.string()),
  group: z.string().optional(),
});

/** Where a folder of folds keeps its partition. */
const partitionFileIn = (folder: string): string => join(folder, 'folds.json');

export async function writePartition(folder: string, partition: Partition): Promise<void> {
  await writeFileAtomically(partitionFileIn(folder), partitionText(partition));
}

/** A partition as its file has it. */
export function partitionText({ folds, skipped, group }: Partition): string {
  const lines = folds.map((names) => JSON.stringify(names));
  return `{"folds": [\n${lines.join(',\n')}\n], "skipped": ${JSON.stringify(skipped)}${group === undefined ? '' : `, "group": ${JSON.stringify(group)}`}}\n`;
}

/** What a run, or the end of a fold, leaves in the folder of a fold. */
const TRAINED = ['metrics.jsonl', 'checkpoints', 'lr-search', 'out-of-fold.csv'];

/** Whether a model of a folder of folds has been trained at all, or a rate for it searched. */
export async function foldsHaveBegun(folder: string): Promise<boolean> {
  const names = await readdir(folder).catch((): string[] => []);
  return names.some(
    (name) => /^fold-\d+$/.test(name) && TRAINED.some((file) => existsSync(join(folder, name, file))),
  );
}

/**
 * The partition that a folder goes on with; undefined where it begins. A job that ended before it had trained anything
 * begins anew, with other images, folds or settings too.
 *
 * @param resume as in `OpenRunFolderOptions`
 * @throws UsageError `usage/run-exists`, `usage/no-checkpoint`, `usage/foreign-folder`
 * @throws DataError `data/folds-file`
 */
export async function partitionToResume(
  folder: string,
  resume: boolean | 'if-begun',
): Promise<Partition | undefined> {
  const file = partitionFileIn(folder);
  if (!existsSync(file)) {
    await assertFree(folder, resume === true);
    return undefined;
  }
  if (!(await foldsHaveBegun(folder))) {
    await assertPartition(file);
    return undefined;
  }
  if (!resume) {
    throw new UsageError('usage/run-exists', `Folds already exist in ${printable(folder, 1000)}.`, {
      hint: 'Continue them with --resume, or choose another folder with --out.',
    });
  }
  return readPartition(file);
}

/** @throws DataError `data/folds-file` */
export async function readPartition(file: string): Promise<Partition> {
  const text = await readTextFile(file, { what: 'list of folds', maxBytes: 2 ** 28 });
  try {
    return partitionSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new DataError('data/folds-file', `${file} does not assign the images to folds.`, {
      hint: 'Restore it, or start again in another folder.',
      cause,
    });
  }
}

/** A file of that name that another program wrote is not replaced. */
async function assertPartition(file: string): Promise<void> {
  await readPartition(file).catch(() => {
    throw new UsageError(
      'usage/foreign-file',
      `${printable(file, 1000)} already exists and does not assign images to folds.`,
      { hint: 'Choose a new folder with --out, e.g. runs/folds, or remove this file first.' },
    );
  });
}

/** What people and shells put into a folder beforehand. */
const BESIDE = /^\.|\.(log|txt|md|out|err|ya?ml)$/i;

/** Folds must not mix with a run, a data set or anything else that a mistyped path leads to. */
async function assertFree(folder: string, mustBegin: boolean): Promise<void> {
  if (mustBegin) {
    throw new UsageError('usage/no-checkpoint', `No folds to resume in ${printable(folder, 1000)}.`, {
      hint: 'Check the folder, or start without --resume.',
    });
  }
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  const other = names.find((name) => !BESIDE.test(name));
  if (other === undefined) return;
  throw new UsageError(
    'usage/foreign-folder',
    `${printable(folder, 1000)} contains other files, e.g. ${printable(other)}: it is not a folder of folds.`,
    { hint: 'Choose a new folder with --out, e.g. runs/folds.' },
  );
}

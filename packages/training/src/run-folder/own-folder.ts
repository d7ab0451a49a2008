import { readdir } from 'node:fs/promises';
import { printable, UsageError } from '@polytag/core';

/** What people put beside a run: a log, a config, a note. */
const BESIDE = /^(config\.yaml|run\.lock.*|\..*)$|\.(log|txt|md|out|err|ya?ml)$|^(README|NOTES)$/i;

export interface OwnFolder {
  /** What the folder is for, e.g. `run`, and a name for such. */
  readonly what: string;
  readonly example: string;
  /** Names that only a folder of this kind has. */
  readonly begun: RegExp;
  /** What else it may hold before it has such a name. Default: nothing but logs, configs and notes. */
  readonly beside?: RegExp;
  /** What would be replaced, and so must not be there before. Default: nothing. */
  readonly replaced?: RegExp;
}

/**
 * Throws if a folder holds something else, such as a model, a data set or whatever a mistyped path leads to. Nothing is
 * written.
 *
 * @returns whether the folder has a name that `begun` knows
 * @throws UsageError `usage/foreign-folder`
 */
export async function assertOwnFolder(
  path: string,
  { what, example, begun, beside, replaced }: OwnFolder,
): Promise<boolean> {
  const names = await readdir(path).catch((error: NodeJS.ErrnoException): string[] => {
    if (error.code === 'ENOENT') return [];
    throw error;
  });
  if (names.some((name) => begun.test(name))) return true;
  const isModel = names.includes('manifest.json') || names.includes('model.safetensors');
  const other = names.find((name) => replaced?.test(name) || !(BESIDE.test(name) || beside?.test(name)));
  if (!isModel && other === undefined) return false;
  throw new UsageError(
    'usage/foreign-folder',
    isModel
      ? `${printable(path, 1000)} is a model folder, not a ${what} folder.`
      : `${printable(path, 1000)} contains other files, e.g. ${printable(other!)}: it is not a ${what} folder.`,
    { hint: `Choose a new folder with --out, e.g. ${example}.` },
  );
}

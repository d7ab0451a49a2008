import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { hasImageEnding } from './image-path.js';
import { fileExists } from './missing-files.js';

/** What lies in a folder and in those inside it; paths are relative, with forward slashes, sorted. */
export interface FolderContents {
  /** Regular files that are images by their names. */
  readonly images: readonly string[];
  /** All folders, without the one itself. */
  readonly folders: readonly string[];
  /** Other regular files. */
  readonly others: readonly string[];
  /** Names of images that are no regular files: pipes, devices, links that lead nowhere. */
  readonly special: readonly string[];
}

/** What systems and programs leave behind: hidden files, and these. */
const LEFT_BEHIND = /^(?:\.|__MACOSX$|@eaDir$|Thumbs\.db$|desktop\.ini$|\$RECYCLE\.BIN$)/i;

export interface FolderContentsOptions {
  /**
   * Told of what lies in the folder and cannot be looked at, and why, in a line each: folders that may not be listed, names
   * that are not UTF-8. All else is listed. Default: such a folder is an error, and such a name is as any other.
   */
  readonly onFault?: (fault: string) => void;
  /** A folder in it that is passed over, with what is in it. Default: none is. */
  readonly without?: string;
}

/** What stands for bytes that are not UTF-8 in the names that the system gives. */
const REPLACED = '\ufffd';

/**
 * Lists a folder. Links to files and folders are followed, each folder once; hidden names are left out.
 *
 * @throws DataError `data/folder-missing`, `data/not-a-folder`, `data/file-unreadable`
 */
export async function folderContents(
  root: string,
  { onFault, without }: FolderContentsOptions = {},
): Promise<FolderContents> {
  await assertFolder(root);
  const found = {
    images: [] as string[],
    folders: [] as string[],
    others: [] as string[],
    special: [] as string[],
  };
  const passedOver = without === undefined ? undefined : resolve(without);
  const visited = new Set([await realpath(root)]);
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await entriesOf(root, folder, onFault)) {
      if (LEFT_BEHIND.test(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (onFault && entry.name.includes(REPLACED) && !(await fileExists(join(root, path)))) {
        onFault(`the name of ${printable(path, 400)} is not UTF-8: rename it, e.g. with convmv`);
        continue;
      }
      const kind = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => undefined) : entry;
      if (kind?.isDirectory()) {
        if (passedOver === resolve(root, path)) continue;
        if (entry.isSymbolicLink() && !(await isNew(join(root, path), visited))) continue;
        found.folders.push(path);
        pending.push(path);
      } else if (kind?.isFile()) (hasImageEnding(path) ? found.images : found.others).push(path);
      else if (hasImageEnding(path)) found.special.push(path);
    }
  }
  for (const list of Object.values(found)) list.sort();
  return found;
}

/** What lies in a folder; of one inside the listed one that cannot be, nothing, which is told. */
async function entriesOf(
  root: string,
  folder: string,
  onFault: FolderContentsOptions['onFault'],
): Promise<Dirent[]> {
  try {
    return await readdir(join(root, folder), { withFileTypes: true });
  } catch (error) {
    if (folder === '' || !onFault) throw error;
    const { code = String(error) } = error as NodeJS.ErrnoException;
    onFault(`the folder ${printable(folder, 400)} cannot be listed (${code})`);
    return [];
  }
}

/** @throws DataError `data/folder-missing`, `data/not-a-folder` */
export async function assertFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const shown = printable(path, 400);
  if (found === undefined)
    throw new DataError('data/folder-missing', `The folder ${shown} was not found.`, {
      hint: 'Check the path (--from, --images).',
    });
  if (!found.isDirectory())
    throw new DataError('data/not-a-folder', `${shown} is not a folder.`, {
      hint: 'Give the folder of the data set with --from, and a file in it with --file.',
    });
}

/** Whether a folder that a link leads to was not met before: links may lead in circles. */
async function isNew(path: string, visited: Set<string>): Promise<boolean> {
  const real = await realpath(path);
  if (visited.has(real)) return false;
  visited.add(real);
  return true;
}

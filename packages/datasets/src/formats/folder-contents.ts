import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { hasImageEnding } from './image-path.js';
import { fileExists } from './missing-files.js';

/** The content of a folder and its subfolders. Paths are relative, with forward slashes, sorted. */
export interface FolderContents {
  /** Regular files with the extension of an image. */
  readonly images: readonly string[];
  /** All subfolders. */
  readonly folders: readonly string[];
  /** Other regular files. */
  readonly others: readonly string[];
  /** Image names that are not regular files: pipes, devices, broken links. */
  readonly special: readonly string[];
}

/** Files that systems and programs leave behind: hidden files, and these. */
const LEFT_BEHIND = /^(?:\.|__MACOSX$|@eaDir$|Thumbs\.db$|desktop\.ini$|\$RECYCLE\.BIN$)/i;

/** Whether a file or folder of this name is left out of listings. */
export const isLeftBehind = (name: string): boolean => LEFT_BEHIND.test(name);

export interface FolderContentsOptions {
  /**
   * Called with one line for each folder that cannot be listed and each name that is not UTF-8; everything else is
   * listed. Default: such a folder is an error, and such a name is treated as any other.
   */
  readonly onFault?: (fault: string) => void;
  /** A subfolder to skip, with its content. Default: none. */
  readonly without?: string;
}

/** Character that replaces bytes that are not UTF-8 in file names. */
const REPLACED = '\ufffd';

/**
 * Lists a folder. Links to files and folders are followed, each folder once. Hidden names are left out.
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

/** The content of one folder. A subfolder that cannot be listed counts as empty, and is reported. */
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

/** Whether the folder behind a link is new: links may form circles. */
async function isNew(path: string, visited: Set<string>): Promise<boolean> {
  const real = await realpath(path);
  if (visited.has(real)) return false;
  visited.add(real);
  return true;
}

import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { hasImageEnding } from './image-path.js';

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

/**
 * Lists a folder. Links to files and folders are followed, each folder once; hidden names are left out.
 *
 * @throws DataError `data/folder-missing`, `data/not-a-folder`, `data/file-unreadable`
 */
export async function folderContents(root: string): Promise<FolderContents> {
  await assertFolder(root);
  const found = {
    images: [] as string[],
    folders: [] as string[],
    others: [] as string[],
    special: [] as string[],
  };
  const visited = new Set([await realpath(root)]);
  const pending = [''];
  for (let folder = pending.pop(); folder !== undefined; folder = pending.pop()) {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      if (LEFT_BEHIND.test(entry.name)) continue;
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      const kind = entry.isSymbolicLink() ? await stat(join(root, path)).catch(() => undefined) : entry;
      if (kind?.isDirectory()) {
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

/** @throws DataError `data/folder-missing`, `data/not-a-folder` */
export async function assertFolder(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  const shown = printable(path, 400);
  if (found === undefined)
    throw new DataError('data/folder-missing', `The folder ${shown} is missing.`, {
      hint: 'Check the path (--from, --images).',
    });
  if (!found.isDirectory())
    throw new DataError('data/not-a-folder', `${shown} is no folder.`, {
      hint: 'Name the folder of the data set with --from, and a file in it with --file.',
    });
}

/** Whether a folder that a link leads to was not met before: links may lead in circles. */
async function isNew(path: string, visited: Set<string>): Promise<boolean> {
  const real = await realpath(path);
  if (visited.has(real)) return false;
  visited.add(real);
  return true;
}

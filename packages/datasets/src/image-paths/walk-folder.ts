import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DataError, printable } from '@polytag/core';
import { isImageName, type ListedImage } from './listed-image.js';

/**
 * The images of a folder and of those in it, by their names: JPEG, PNG and WebP. Hidden ones (a name that begins with a
 * dot) are left out, and folders behind links. The order is that of the names' code units, on every system the same.
 * Memory holds the names of one folder of each level. A folder that cannot be listed is an item with an error.
 */
export async function* walkFolder(folder: string): AsyncGenerator<ListedImage, void, undefined> {
  const entries = await sortedEntries(folder);
  if (entries instanceof DataError) return void (yield { path: folder, error: entries });
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* walkFolder(path);
    else if (isImageName(entry.name)) yield { path };
  }
}

/** What a folder holds, by the code units of the names; or why it cannot be told. */
export async function sortedEntries(folder: string): Promise<Dirent[] | DataError> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const why =
      code === 'EACCES' || code === 'EPERM'
        ? 'cannot be read: permission denied'
        : `cannot be listed (${code})`;
    return new DataError('data/folder-unreadable', `The folder ${printable(folder, 400)} ${why}.`, {
      hint: 'Change its permissions, or leave it out.',
      cause: error,
    });
  }
}

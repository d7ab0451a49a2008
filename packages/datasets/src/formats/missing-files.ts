import { access, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';
import { DataError, printable } from '@polytag/core';

/**
 * Returns which of these files do not exist. Each folder is listed once: on a network disk, that takes a second where
 * testing a hundred thousand files takes minutes. A name that is not in the listing is then tested on its own, because
 * some file systems know a file under several spellings.
 *
 * @throws DataError `data/folder-unreadable`
 */
export async function missingFiles(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const namesIn = folderListings();
  const missing = new Set<string>();
  for (const path of paths) {
    const names = await namesIn(dirname(path));
    if (names.has(basename(path)) || missing.has(path)) continue;
    // An absent folder has an empty listing: no need to ask for each of its files.
    if (names.size === 0 || !(await fileExists(path))) missing.add(path);
  }
  return missing;
}

/**
 * Returns the names in a folder, which is read once; a missing folder has none.
 *
 * @throws DataError `data/folder-unreadable`: the files of a folder that cannot be listed are not missing
 */
export function folderListings(): (folder: string) => Promise<ReadonlySet<string>> {
  const listings = new Map<string, ReadonlySet<string>>();
  return async (folder) => {
    const known = listings.get(folder);
    if (known) return known;
    const names = new Set(await namesOf(folder));
    listings.set(folder, names);
    return names;
  };
}

async function namesOf(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (!UNREADABLE.has(code)) return [];
    throw new DataError(
      'data/folder-unreadable',
      `The image folder ${printable(folder, 400)} cannot be listed (${code}).`,
      { hint: 'Check its permissions, and the disk.', cause: error },
    );
  }
}

/** The folder exists, but the system does not list it. */
const UNREADABLE: ReadonlySet<string> = new Set(['EACCES', 'EPERM', 'EIO', 'EMFILE', 'ENFILE', 'ESTALE']);

export function fileExists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

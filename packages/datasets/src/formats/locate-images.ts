import { basename, dirname, join, posix } from 'node:path';
import { fileExists, folderListings } from './missing-files.js';

/**
 * Finds each image in the first of several folders that has it.
 *
 * @param names paths with forward slashes, relative to any of the folders
 * @param folders relative to `root`; `''` is `root` itself
 * @returns the path of each image that was found, relative to `root`
 */
export async function locateImages(
  root: string,
  names: readonly string[],
  folders: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const namesIn = folderListings();
  const listed = async (path: string) => (await namesIn(dirname(path))).has(basename(path));
  // A file system may know a file under several spellings, so that a listing is not the last word; but nothing is in
  // a folder that lists nothing.
  const known = async (path: string) => (await namesIn(dirname(path))).size > 0 && (await fileExists(path));
  const found = new Map<string, string>();
  for (const isThere of [listed, known]) {
    for (const folder of folders) {
      for (const name of names) {
        if (!found.has(name) && (await isThere(join(root, folder, name)))) {
          found.set(name, posix.join(folder, name));
        }
      }
    }
  }
  return found;
}

import { basename, dirname, join, posix } from 'node:path';
import { DataError } from '@polytag/core';
import { hasImageEnding } from './image-path.js';
import { fileExists, folderListings } from './missing-files.js';
import { firstFew } from './same-labels.js';

/**
 * Finds each image in the first of several folders that has it. If none has the name, the one file is used that differs
 * from it in the usual ways: a missing extension or one in other case, another Unicode form, or percent encoding.
 *
 * @param names paths with forward slashes, relative to any of the folders
 * @param folders relative to `root`; `''` is `root` itself
 * @param anyEnding whether the data set lists names without extensions, so any extension matches
 * @returns the path of each image that was found, relative to `root`
 * @throws DataError `data/image-ambiguous` if several files in a folder match a name
 */
export async function locateImages(
  root: string,
  names: readonly string[],
  folders: readonly string[],
  { anyEnding = false }: { readonly anyEnding?: boolean } = {},
): Promise<ReadonlyMap<string, string>> {
  const namesIn = folderListings();
  const fitting = fittingFiles(namesIn, anyEnding);
  const listed = async (path: string) =>
    (await namesIn(dirname(path))).has(basename(path)) ? path : undefined;
  // A file system may know a file under several spellings, so that a listing is not the last word; but nothing is in
  // a folder that lists nothing.
  const known = async (path: string) =>
    (await namesIn(dirname(path))).size > 0 && (await fileExists(path)) ? path : undefined;
  const found = new Map<string, string>();
  for (const find of [listed, known, fitting]) {
    for (const folder of folders) {
      for (const name of names) {
        if (found.has(name)) continue;
        const path = await find(join(root, folder, name));
        if (path !== undefined) found.set(name, posix.join(folder, posix.dirname(name), basename(path)));
      }
    }
    if (found.size === names.length) break;
  }
  return found;
}

/** The only file in a folder that matches a name in another spelling. */
function fittingFiles(namesIn: ReturnType<typeof folderListings>, anyEnding: boolean) {
  const byKey = new Map<string, ReadonlyMap<string, readonly string[]>>();
  const filesOf = async (folder: string) => {
    const known = byKey.get(folder);
    if (known) return known;
    const files = new Map<string, string[]>();
    const put = (key: string, file: string) => {
      const others = files.get(key);
      if (!others) files.set(key, [file]);
      else if (!others.includes(file)) others.push(file);
    };
    for (const file of await namesIn(folder)) {
      if (!hasImageEnding(file)) continue;
      const key = keyOf(file);
      put(key, file);
      put(withoutEnding(key), file);
      if (JPEG.test(key)) put(key.replace(JPEG, OTHER_JPEG), file);
    }
    byKey.set(folder, files);
    return files;
  };
  return async (path: string): Promise<string | undefined> => {
    const files = await filesOf(dirname(path));
    const exact = [basename(path), decoded(basename(path))];
    const spellings = anyEnding ? [...exact, ...exact.map(withoutEnding)] : exact;
    for (const spelling of spellings) {
      const fit = files.get(keyOf(spelling));
      if (fit?.length === 1) return join(dirname(path), fit[0]);
      if (fit) {
        throw new DataError(
          'data/image-ambiguous',
          `The image "${basename(path)}" matches ${fit.length} files of ${dirname(path)}: ${firstFew(fit)}.`,
          {
            hint: 'Write the file name with its extension (for all rows of a CSV: polytag-train prepare csv --extension jpg).',
          },
        );
      }
    }
    return undefined;
  };
}

/** A name without the usual differences: Unicode form and case. */
export const keyOf = (name: string) => name.normalize('NFC').toLowerCase();

const withoutEnding = (name: string) => name.replace(/\.[^.]*$/, '');

/** Extensions of the same format. */
const JPEG = /\.(jpe?g)$/;
const OTHER_JPEG = (ending: string) => (ending === '.jpg' ? '.jpeg' : '.jpg');

function decoded(name: string): string {
  try {
    const plain = decodeURIComponent(name);
    return /[/\\\0]/.test(plain) ? name : plain;
  } catch {
    return name;
  }
}

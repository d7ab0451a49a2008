import { basename } from 'node:path';
import { folderContents } from './folder-contents.js';
import { keyOf } from './locate-images.js';

/** The places of images that a data set lists without their folders. */
export interface LocatedBelow {
  /** Path relative to the searched folder, of each image that matches only one file. */
  readonly found: ReadonlyMap<string, string>;
  /** All matching files, if there are several. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
  /** Searched folders, including the top one. */
  readonly folders: number;
}

/**
 * Searches a folder and its subfolders for images whose path ends with a name: `dog.jpg` matches `2020/may/dog.jpg`,
 * and so does `may/dog.jpg`. A file with the exact name comes before those that differ in case, in Unicode form, or in
 * an extension that the name lacks. Subfolders that cannot be listed are skipped.
 *
 * @param names paths with forward slashes
 * @throws DataError `data/folder-missing`, `data/not-a-folder`
 */
export async function locateBelow(root: string, names: readonly string[]): Promise<LocatedBelow> {
  const { images, folders } = await folderContents(root, { onFault: () => undefined });
  const byName = new Map<string, string[]>();
  for (const path of images) {
    const key = keyOf(basename(path));
    for (const one of new Set([key, withoutEnding(key)])) {
      const others = byName.get(one);
      if (others) others.push(path);
      else byName.set(one, [path]);
    }
  }
  const found = new Map<string, string>();
  const ambiguous = new Map<string, readonly string[]>();
  for (const name of names) {
    const alike = byName.get(keyOf(basename(name))) ?? [];
    const key = keyOf(name);
    const same = alike.filter((path) => endsAs(path, name));
    const fit = same.length > 0 ? same : alike.filter((path) => endsAs(keyOf(path), key));
    const fitting = fit.length > 0 ? fit : alike.filter((path) => endsAs(withoutEnding(keyOf(path)), key));
    if (fitting.length === 1) found.set(name, fitting[0]);
    else if (fitting.length > 1) ambiguous.set(name, fitting);
  }
  return { found, ambiguous, folders: folders.length + 1 };
}

const withoutEnding = (name: string) => name.replace(/\.[^./]*$/, '');

const endsAs = (path: string, name: string) => path === name || path.endsWith(`/${name}`);

import { basename } from 'node:path';
import { folderContents } from './folder-contents.js';
import { keyOf } from './locate-images.js';

/** Where images are that a data set names without the folders that they lie in. */
export interface LocatedBelow {
  /** Path relative to the folder that was searched, of each image that one file alone can be. */
  readonly found: ReadonlyMap<string, string>;
  /** All files that an image may be, where there are several. */
  readonly ambiguous: ReadonlyMap<string, readonly string[]>;
  /** Folders that were searched, with the one itself. */
  readonly folders: number;
}

/**
 * Searches a folder and all in it for images whose path ends as their name does: `dog.jpg` for `2020/may/dog.jpg`, `may/dog.jpg`
 * for the same. A file of the very name comes before those that differ in the case of letters, in how these are composed, or by
 * the ending that the name leaves out. Folders in it that cannot be listed are passed over.
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

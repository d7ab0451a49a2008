import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST } from './manifest.js';

/**
 * What a person put into a folder: paths in it of files and folders that Polytag did not write. A folder in which Polytag
 * wrote, or is about to write, is looked into.
 *
 * @param listed paths of the manifest
 * @param next paths that are about to be written
 */
export async function foreignFiles(
  folder: string,
  listed: ReadonlySet<string>,
  next: Iterable<string> = [],
): Promise<string[]> {
  const shared = new Set([...listed, ...next].flatMap(foldersOf));
  const within = async (prefix: string): Promise<string[]> => {
    const entries = await readdir(join(folder, prefix), { withFileTypes: true });
    const found = entries.map(async (entry) => {
      const path = `${prefix}${entry.name}`;
      if (path === MANIFEST || listed.has(path)) return [];
      return entry.isDirectory() && shared.has(path) ? within(`${path}/`) : [path];
    });
    return (await Promise.all(found)).flat();
  };
  return within('');
}

/** `a/b` and `a` of `a/b/c`. */
export function foldersOf(path: string): string[] {
  const names = path.split('/').slice(0, -1);
  return names.map((_, i) => names.slice(0, i + 1).join('/'));
}

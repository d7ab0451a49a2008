import { access, readdir } from 'node:fs/promises';
import { basename, dirname } from 'node:path';

/**
 * Which of these files do not exist. Lists each folder once, which takes a second where asking for a hundred
 * thousand files on a network disk takes minutes; a name that a listing lacks is then asked for itself, because some
 * file systems know a file under several spellings.
 */
export async function missingFiles(paths: readonly string[]): Promise<ReadonlySet<string>> {
  const listings = new Map<string, ReadonlySet<string>>();
  const missing = new Set<string>();
  for (const path of paths) {
    const folder = dirname(path);
    let names = listings.get(folder);
    if (!names) listings.set(folder, (names = new Set(await readdir(folder).catch(() => []))));
    if (names.has(basename(path)) || missing.has(path)) continue;
    // An absent folder has an empty listing: no need to ask for each of its files.
    if (names.size === 0 || !(await exists(path))) missing.add(path);
  }
  return missing;
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

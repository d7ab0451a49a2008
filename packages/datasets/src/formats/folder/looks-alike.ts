import { findDuplicates } from '../../duplicates/find-duplicates.js';
import { fingerprintOf, type Fingerprint } from '../../duplicates/fingerprint.js';
import { withImage } from '../../images/decode-image.js';

/**
 * Groups files that are near duplicates of each other (`findDuplicates`). A file that cannot be read is in a group of its
 * own.
 *
 * @returns the paths of each group, in the order of the first
 */
export async function lookAlikes(paths: readonly string[]): Promise<readonly (readonly string[])[]> {
  const { group } = await findDuplicates(await Promise.all(paths.map(fingerprintAt)));
  const groups = new Map<number, string[]>();
  for (const [i, path] of paths.entries()) groups.set(group[i], [...(groups.get(group[i]) ?? []), path]);
  return [...groups.values()];
}

async function fingerprintAt(path: string): Promise<Fingerprint | undefined> {
  try {
    return await withImage(path, {}, fingerprintOf);
  } catch {
    return undefined;
  }
}

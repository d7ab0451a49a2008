import { findDuplicates } from '../../duplicates/find-duplicates.js';
import { fingerprintOf, type Fingerprint } from '../../duplicates/fingerprint.js';
import { withImage } from '../../images/decode-image.js';

/** Whether two files are near duplicates (`findDuplicates`). A file that cannot be read is like no other. */
export async function looksAlike(first: string, second: string): Promise<boolean> {
  const [a, b] = [await fingerprintAt(first), await fingerprintAt(second)];
  return a !== undefined && b !== undefined && (await findDuplicates([a, b])).pairs.length > 0;
}

async function fingerprintAt(path: string): Promise<Fingerprint | undefined> {
  try {
    return await withImage(path, {}, fingerprintOf);
  } catch {
    return undefined;
  }
}

import { unzipSync, zipSync, type Unzipped } from 'fflate';
import { strings } from '../strings.ts';
import type { FileEntry } from './file-entry.ts';

/** The most bytes that a zip file may have, and unpack to. */
const MOST_BYTES = 2 ** 31 - 1;
const MOST_ENTRIES = 20_000;
/** Beyond this much, what unpacks to more than so many times its size is a trap: photographs and weights hardly shrink. */
const TRAP_BYTES = 2 ** 28;
const TRAP_RATIO = 30;

/** The files in a zip file. Their sizes are looked at before anything is unpacked. @throws Error */
export async function unzipped({ path, blob }: FileEntry): Promise<FileEntry[]> {
  if (blob.size > MOST_BYTES) throw new Error(strings.files.tooLarge(path));
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let [total, count] = [0, 0];
  let isTooLarge = false;
  let files: Unzipped;
  try {
    // On this thread: the other way starts workers whose script is a text, which the policy of the page refuses.
    files = unzipSync(bytes, {
      filter({ name, originalSize }) {
        if (name.endsWith('/')) return false;
        total += originalSize;
        count++;
        isTooLarge ||=
          total > Math.min(MOST_BYTES, Math.max(TRAP_BYTES, TRAP_RATIO * blob.size)) || count > MOST_ENTRIES;
        return !isTooLarge;
      },
    });
  } catch (cause) {
    throw new Error(strings.files.notZip(path), { cause });
  }
  if (isTooLarge) throw new Error(strings.files.tooLarge(path));
  return Object.entries(files).map(([name, content]) => ({
    path: name,
    blob: new Blob([content as Uint8Array<ArrayBuffer>]),
  }));
}

/** A zip file of a folder: stored as it is, since weights do not shrink. */
export function zipped(folder: string, files: Readonly<Record<string, Uint8Array | string>>): Blob {
  const content = Object.fromEntries(
    Object.entries(files).map(([name, bytes]) => [
      `${folder}/${name}`,
      typeof bytes === 'string' ? new TextEncoder().encode(bytes) : bytes,
    ]),
  );
  const zip = zipSync(content, { level: 0, mtime: new Date('2000-01-01T00:00:00') });
  return new Blob([zip as Uint8Array<ArrayBuffer>], { type: 'application/zip' });
}

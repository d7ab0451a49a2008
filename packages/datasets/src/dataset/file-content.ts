import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { contentDigest, DIGESTED_TAIL } from './content-digest.js';

/** Files that are looked at at a time. */
const AT_A_TIME = 16;
const CHUNK = 2 ** 20;

/** What tells files apart; each look is dearer and surer than the one before. Files of the same bytes look the same. */
export const contentLooks: readonly ((path: string) => Promise<string | undefined>)[] = [
  sizeOf,
  tailOf,
  contentOf,
];

/** One look at each of some files, undefined where a file cannot be read. */
export async function lookAt<Seen>(
  paths: readonly string[],
  look: (path: string) => Promise<Seen | undefined>,
  onProgress?: (done: number, total: number) => void,
): Promise<readonly (Seen | undefined)[]> {
  const found: (Seen | undefined)[] = [];
  for (let start = 0; start < paths.length; start += AT_A_TIME) {
    const batch = paths.slice(start, start + AT_A_TIME);
    found.push(...(await Promise.all(batch.map((path) => look(path).catch(() => undefined)))));
    onProgress?.(found.length, paths.length);
  }
  return found;
}

/**
 * Groups files of the same bytes; empty files and those that cannot be read are in none.
 *
 * @param onProgress files that were looked at, and files to look at; the count begins anew with each look
 * @returns groups of at least two, in the order of their first file
 */
export async function sameContent(
  paths: readonly string[],
  onProgress?: (done: number, total: number) => void,
): Promise<readonly (readonly string[])[]> {
  let groups: string[][] = [[...paths]];
  for (const look of contentLooks) {
    const all = groups.flat();
    const looks = new Map((await lookAt(all, look, onProgress)).map((seen, i) => [all[i], seen]));
    groups = groups.flatMap((group) => {
      const bySight = new Map<string, string[]>();
      for (const path of group) {
        const seen = looks.get(path);
        if (seen === undefined) continue;
        const alike = bySight.get(seen);
        if (alike) alike.push(path);
        else bySight.set(seen, [path]);
      }
      return [...bySight.values()].filter(({ length }) => length > 1);
    });
  }
  const order = new Map(paths.map((path, i) => [path, i]));
  return groups.sort(([a], [b]) => order.get(a)! - order.get(b)!);
}

/** The content digest of each image file (`contentDigest`); undefined for what cannot be read. */
export const contentDigests = (paths: readonly string[]): Promise<readonly (number | undefined)[]> =>
  lookAt(paths, async (path) => {
    const { size, tail } = await endOf(path);
    return contentDigest(size, tail);
  });

async function sizeOf(path: string): Promise<string | undefined> {
  const file = await stat(path);
  return file.isFile() && file.size > 0 ? String(file.size) : undefined;
}

async function endOf(path: string): Promise<{ readonly size: number; readonly tail: Buffer }> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const tail = Buffer.alloc(Math.min(DIGESTED_TAIL, size));
    await file.read(tail, 0, tail.length, size - tail.length);
    return { size, tail };
  } finally {
    await file.close();
  }
}

/** The end of an image tells most of those of one size apart. */
async function tailOf(path: string): Promise<string> {
  const { size, tail } = await endOf(path);
  return `${size} ${createHash('sha1').update(tail).digest('hex')}`;
}

async function contentOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const hash = createHash('sha256');
    const buffer = Buffer.alloc(CHUNK);
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, CHUNK);
      if (bytesRead === 0) return hash.digest('hex');
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await file.close();
  }
}

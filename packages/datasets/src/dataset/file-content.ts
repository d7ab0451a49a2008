import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';

/** Files that are looked at at a time. */
const AT_A_TIME = 16;
/** The end of an image tells most of those of one size apart. */
const TAIL = 4096;
const CHUNK = 2 ** 20;

/** What tells files apart; each look is dearer and surer than the one before. Files of the same bytes look the same. */
export const contentLooks: readonly ((path: string) => Promise<string | undefined>)[] = [
  sizeOf,
  tailOf,
  contentOf,
];

/** One look at each of some files, undefined where a file cannot be read. */
export async function lookAt(
  paths: readonly string[],
  look: (path: string) => Promise<string | undefined>,
  onProgress?: (done: number, total: number) => void,
): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
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

/**
 * A number below 2^40 for each image file, the same for files of one size with the same last 4 kB, under any name; undefined
 * for what cannot be read. Of two different photographs it is the same with odds of one in 10^12.
 */
export async function contentDigests(paths: readonly string[]): Promise<readonly (number | undefined)[]> {
  const looks = await lookAt(paths, tailOf);
  return looks.map((look) =>
    look === undefined ? undefined : createHash('sha1').update(look).digest().readUIntBE(0, 5),
  );
}

async function sizeOf(path: string): Promise<string | undefined> {
  const file = await stat(path);
  return file.isFile() && file.size > 0 ? String(file.size) : undefined;
}

async function tailOf(path: string): Promise<string> {
  const file = await open(path);
  try {
    const { size } = await file.stat();
    const buffer = Buffer.alloc(Math.min(TAIL, size));
    await file.read(buffer, 0, buffer.length, size - buffer.length);
    return `${size} ${createHash('sha1').update(buffer).digest('hex')}`;
  } finally {
    await file.close();
  }
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

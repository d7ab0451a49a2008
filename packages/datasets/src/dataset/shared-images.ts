import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { LabelledImage } from './labelled-dataset.js';

/** One photograph that two data sets have. */
export interface SharedImage {
  readonly first: LabelledImage;
  readonly second: LabelledImage;
}

/** Files that are looked at at a time. */
const AT_A_TIME = 16;
/** The end of an image tells most of those of one size apart. */
const TAIL = 4096;
const CHUNK = 2 ** 20;

/**
 * The images of a second data set that a first has as well, under any name: files of the same bytes. Sizes are compared
 * first, then the ends of files, and whole files only where both are the same. What cannot be read is shared with none.
 */
export async function sharedImages(
  first: readonly LabelledImage[],
  second: readonly LabelledImage[],
): Promise<readonly SharedImage[]> {
  const byPath = new Map(first.map((image) => [resolve(image.path), image]));
  const samePath = new Map(second.map((image) => [image, byPath.get(resolve(image.path))] as const));
  const others = second.filter((image) => !samePath.get(image));
  const twins = new Map<LabelledImage, LabelledImage>();
  let candidates = [first, others] as readonly [readonly LabelledImage[], readonly LabelledImage[]];
  for (const look of [sizeOf, tailOf, contentOf]) candidates = await keepAlike(candidates, look, twins);
  return second.flatMap((image) => {
    const other = samePath.get(image) ?? twins.get(image);
    return other ? [{ first: other, second: image }] : [];
  });
}

/** The images of either side that look like one of the other side; `twins` gets those of the second. */
async function keepAlike(
  [first, second]: readonly [readonly LabelledImage[], readonly LabelledImage[]],
  look: (path: string) => Promise<string | undefined>,
  twins: Map<LabelledImage, LabelledImage>,
): Promise<readonly [readonly LabelledImage[], readonly LabelledImage[]]> {
  const [ofFirst, ofSecond] = [await looks(first, look), await looks(second, look)];
  const byLook = new Map<string, LabelledImage>();
  for (const [i, image] of first.entries()) {
    const seen = ofFirst[i];
    if (seen !== undefined && !byLook.has(seen)) byLook.set(seen, image);
  }
  twins.clear();
  second.forEach((image, i) => {
    const twin = ofSecond[i] === undefined ? undefined : byLook.get(ofSecond[i]);
    if (twin) twins.set(image, twin);
  });
  const wanted = new Set(ofSecond);
  return [
    first.filter((_, i) => wanted.has(ofFirst[i]!) && ofFirst[i] !== undefined),
    second.filter((image) => twins.has(image)),
  ];
}

async function looks(
  images: readonly LabelledImage[],
  look: (path: string) => Promise<string | undefined>,
): Promise<readonly (string | undefined)[]> {
  const found: (string | undefined)[] = [];
  for (let start = 0; start < images.length; start += AT_A_TIME) {
    const batch = images.slice(start, start + AT_A_TIME);
    found.push(...(await Promise.all(batch.map(({ path }) => look(path).catch(() => undefined)))));
  }
  return found;
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

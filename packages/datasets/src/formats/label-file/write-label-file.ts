import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { ClassName } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import type { LabelFile } from './parse-label-file.js';
import { relativeTo } from './relative-to.js';

export interface WriteLabelFileOptions {
  /** The folder that the image paths of `file` start from (default: the folder of the written file). */
  readonly root?: string;
}

/**
 * Writes a label file that `readLabelFile` reads (docs/method.md#label-file), one image a line. Image paths become
 * relative to the folder of the file, with forward slashes; `..` leads to images that are elsewhere. Where more labels of
 * images are unknown than absent, it has `"unlisted": "unknown"` and names the absent ones. The file is written aside and
 * renamed: whatever happens, `path` holds what it held before, or all of the new content.
 */
export async function writeLabelFile(
  path: string,
  file: LabelFile,
  options: WriteLabelFileOptions = {},
): Promise<void> {
  const folder = resolve(dirname(path));
  const root = resolve(options.root ?? folder);
  const pathOf = await relativeTo(folder);
  const { unlisted, images } = shorterNotation(file);
  const lines: string[] = [];
  for (const [name, ...said] of images) lines.push(JSON.stringify([await pathOf(join(root, name)), ...said]));
  const head = unlisted === 'unknown' ? '"unlisted": "unknown",\n' : '';
  const text = `{"classes": ${JSON.stringify(file.classes)},\n${head}"images": [\n${lines.join(',\n')}\n]}\n`;
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, text);
}

/** What a text says of an image beside its labels, and of labels that it does not list. */
interface Notation {
  readonly unlisted: 'absent' | 'unknown';
  readonly images: readonly (readonly [path: string, labels: readonly ClassName[], more?: object])[];
}

/** The labels of images that are unknown are named, or those that are absent: whichever are fewer. */
function shorterNotation({ classes, images }: LabelFile): Notation {
  let [unknownInAll, absentInAll] = [0, 0];
  for (const image of images) {
    const { unknown, absent } = othersOf(image, classes);
    unknownInAll += unknown.length;
    absentInAll += absent.length;
  }
  const unlisted = unknownInAll > absentInAll ? 'unknown' : 'absent';
  const named = unlisted === 'unknown' ? 'absent' : 'unknown';
  return {
    unlisted,
    images: images.map((image) => {
      const [path, labels] = image;
      const others = othersOf(image, classes)[named];
      return others.length > 0 ? [path, labels, { [named]: others }] : [path, labels];
    }),
  };
}

/** The labels that an image does not list. */
function othersOf(
  [, labels, more]: LabelFile['images'][number],
  classes: readonly ClassName[],
): { readonly unknown: readonly ClassName[]; readonly absent: readonly ClassName[] } {
  const unknown = more?.unknown ?? [];
  const others = new Set([...labels, ...unknown].map(String));
  return { unknown, absent: classes.filter((label) => !others.has(String(label))) };
}

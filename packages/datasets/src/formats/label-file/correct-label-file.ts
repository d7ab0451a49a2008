import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import type { ClassName } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import { readText } from '../read-text.js';
import { movedSchema } from './moved-schema.js';
import { relativeTo } from './relative-to.js';
import { parseLabelFile } from './parse-label-file.js';

/** A corrected label of an image. */
export interface Correction {
  /** Image path as in the label file. */
  readonly image: string;
  readonly label: ClassName;
  readonly is: 'present' | 'absent' | 'unknown';
}

/** A label file as it was written, with all its keys. */
interface RawLabelFile {
  readonly classes: readonly ClassName[];
  readonly unlisted?: 'absent' | 'unknown';
  readonly images: readonly RawEntry[];
  readonly [key: string]: unknown;
}

type RawEntry = readonly [name: string, labels: readonly ClassName[], lists?: Lists];
type Lists = { readonly [list in 'unknown' | 'absent']?: readonly ClassName[] };

/**
 * Writes a label file with some labels corrected, atomically. Everything else is kept: order, other keys, unknown
 * labels, repeated labels. Image paths become relative to the folder of the new file; absolute ones are kept.
 *
 * @param from the label file
 * @param to path of the corrected file; may be the same
 * @param corrections corrections for images and labels of the file; others have no effect
 * @throws DataError as `parseLabelFile`
 */
export async function correctLabelFile(
  from: string,
  to: string,
  corrections: readonly Correction[],
): Promise<void> {
  const text = (await readText(from, 'label file', { encodingOption: '' })).replace(/^\uFEFF/, '');
  parseLabelFile(text, from);
  const raw = JSON.parse(text) as RawLabelFile;
  const ofImage = new Map<string, Correction[]>();
  for (const correction of corrections) {
    const others = ofImage.get(correction.image);
    if (others) others.push(correction);
    else ofImage.set(correction.image, [correction]);
  }
  const [root, folder] = [resolve(dirname(from)), resolve(dirname(to))];
  const pathOf = await relativeTo(folder);
  const images: string[] = [];
  for (const entry of raw.images) {
    const [name, ...said] = (ofImage.get(entry[0]) ?? []).reduce<RawEntry>(
      (before, correction) => corrected(before, correction, raw),
      entry,
    );
    const moved = isAbsolute(name) || root === folder ? name : await pathOf(join(root, name));
    images.push(JSON.stringify([moved, ...said]));
  }
  const values = Object.entries(raw).map(([key, value]) =>
    key === 'images'
      ? `"images": [\n${images.join(',\n')}\n]`
      : `${JSON.stringify(key)}: ${JSON.stringify(key === '$schema' ? movedSchema(value, from, to) : value)}`,
  );
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(to, `{${values.join(',\n')}}\n`);
}

function corrected(
  [name, labels, lists = {}]: RawEntry,
  { label, is }: Correction,
  { classes, unlisted = 'absent' }: RawLabelFile,
): RawEntry {
  const spelt = classes.find((one) => String(one) === String(label)) ?? label;
  const without = (list: readonly ClassName[] = []) => list.filter((one) => String(one) !== String(label));
  const others = {
    ...lists,
    unknown: without(lists.unknown),
    absent: without(lists.absent),
  };
  // What is not listed need not be named.
  if (is !== 'present' && is !== unlisted) others[is] = [...others[is], spelt];
  const present = is === 'present' ? [...without(labels), spelt] : without(labels);
  const left = Object.entries(others).filter(([, list]) => list.length > 0);
  return left.length > 0 ? [name, present, Object.fromEntries(left)] : [name, present];
}

import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { writeFileAtomically, type TextEncoding } from '@polytag/files';
import type { LabelledImage } from '../../dataset/labelled-dataset.js';
import { readText } from '../read-text.js';
import { movedSchema } from './moved-schema.js';
import { relativeTo } from './relative-to.js';

/**
 * Writes a copy of a label file without some of its images, atomically. Everything else is kept, even keys that Polytag
 * does not use. Paths lead to the same images, relative to the folder of the new file.
 *
 * @param path path of the new file; may be `source`
 * @param source a label file read with `readLabelFile`
 * @param images its images, in the order of the file
 * @param leftOut indices of images to leave out
 */
export async function writeWithoutImages(
  path: string,
  source: string,
  images: readonly LabelledImage[],
  leftOut: ReadonlySet<number>,
  options: { readonly encoding?: TextEncoding } = {},
): Promise<void> {
  const text = await readText(source, 'label file', options);
  const { images: entries, ...rest } = JSON.parse(text) as {
    readonly images: readonly (readonly unknown[])[];
  };
  const folder = dirname(path);
  const pathOf = await relativeTo(folder);
  const lines: string[] = [];
  for (const [i, [, ...said]] of entries.entries()) {
    if (leftOut.has(i)) continue;
    const { name, path: place } = images[i];
    lines.push(JSON.stringify([isAbsolute(name) ? name : await pathOf(place), ...said]));
  }
  const heads = Object.entries(rest).map(([key, value]) => {
    const written = key === '$schema' ? movedSchema(value, source, path) : value;
    return `${JSON.stringify(key)}: ${JSON.stringify(written)},\n`;
  });
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, `{${heads.join('')}"images": [\n${lines.join(',\n')}\n]}\n`);
}

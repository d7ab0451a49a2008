import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute } from 'node:path';
import { writeFileAtomically, type TextEncoding } from '@polytag/files';
import type { LabelledImage } from '../../dataset/labelled-dataset.js';
import { readText } from '../read-text.js';
import { movedSchema } from './moved-schema.js';
import { relativeTo } from './relative-to.js';

/**
 * Writes a label file anew without some of its images. All else that it says stays, keys that mean nothing to Polytag
 * too; paths lead to the same images, relative to the folder of the new file. It is written aside and renamed.
 *
 * @param path of the new file; it may be `source`
 * @param source a label file that `readLabelFile` has read
 * @param images what it has read, in the order of the file
 * @param leftOut positions of images
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

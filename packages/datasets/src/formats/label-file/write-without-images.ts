import { mkdir } from 'node:fs/promises';
import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { writeFileAtomically, type TextEncoding } from '@polytag/files';
import type { LabelledImage } from '../../dataset/labelled-dataset.js';
import { readText } from '../read-text.js';

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
  const folder = resolve(dirname(path));
  const lines = entries.flatMap(([, ...said], i) => {
    if (leftOut.has(i)) return [];
    const { name, path: place } = images[i];
    const image = isAbsolute(name) ? name : relative(folder, resolve(place)).split(sep).join('/');
    return [JSON.stringify([image, ...said])];
  });
  const heads = Object.entries(rest).map(
    ([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)},\n`,
  );
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, `{${heads.join('')}"images": [\n${lines.join(',\n')}\n]}\n`);
}

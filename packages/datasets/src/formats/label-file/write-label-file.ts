import { mkdir } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';
import { writeFileAtomically } from '@polytag/files';
import type { LabelFile } from './parse-label-file.js';

export interface WriteLabelFileOptions {
  /** The folder that the image paths of `file` start from (default: the folder of the written file). */
  readonly root?: string;
}

/**
 * Writes a label file that `readLabelFile` reads (docs/method.md#label-file), one image a line. Image paths become
 * relative to the folder of the file, with forward slashes; `..` leads to images that are elsewhere. The file is
 * written aside and renamed: whatever happens, `path` holds what it held before, or all of the new content.
 */
export async function writeLabelFile(
  path: string,
  file: LabelFile,
  options: WriteLabelFileOptions = {},
): Promise<void> {
  const folder = resolve(dirname(path));
  const root = resolve(options.root ?? folder);
  const lines = file.images.map(([name, labels, more]) => {
    const image = relative(folder, join(root, name)).split(sep).join('/');
    return JSON.stringify(
      more?.unknown?.length ? [image, labels, { unknown: more.unknown }] : [image, labels],
    );
  });
  const text = `{"classes": ${JSON.stringify(file.classes)},\n"images": [\n${lines.join(',\n')}\n]}\n`;
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(path, text);
}

import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '@polytag/files';
import { labelFileText } from './label-file-text.js';
import type { LabelFile } from './parse-label-file.js';
import { relativeTo } from './relative-to.js';

export interface WriteLabelFileOptions {
  /** Folder to which the image paths of `file` are relative (default: the folder of the written file). */
  readonly root?: string;
}

/**
 * Writes a label file for `readLabelFile` (docs/method.md#label-file), one image per line. Image paths become relative
 * to the folder of the file, with forward slashes; `..` leads to images elsewhere. If more labels of images are unknown
 * than absent, the file has `"unlisted": "unknown"` and lists the absent ones. The file is written atomically.
 */
export async function writeLabelFile(
  path: string,
  file: LabelFile,
  options: WriteLabelFileOptions = {},
): Promise<void> {
  const folder = resolve(dirname(path));
  const root = resolve(options.root ?? folder);
  const pathOf = await relativeTo(folder);
  const paths: string[] = [];
  for (const [name] of file.images) paths.push(await pathOf(join(root, name)));
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(
    path,
    labelFileText(file, (_, i) => paths[i]),
  );
}

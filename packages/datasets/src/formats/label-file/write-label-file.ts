import { mkdir } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { writeFileAtomically } from '@polytag/files';
import { labelFileText } from './label-file-text.js';
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
  const paths: string[] = [];
  for (const [name] of file.images) paths.push(await pathOf(join(root, name)));
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(
    path,
    labelFileText(file, (_, i) => paths[i]),
  );
}

import { stat } from 'node:fs/promises';
import { sep } from 'node:path';
import { printable, UsageError } from '@polytag/core';
import { isImageName } from '@polytag/datasets';
import { realPath } from '@polytag/files';

/**
 * Refuses to write over what is read: a file by any of its names, by links as well, and an image in a folder of images.
 *
 * @param out path that is written
 * @param inputs files and folders that are read; those that are not there are left out
 * @param option what named `out`. Default `--out`
 * @throws UsageError `usage/out-is-input`
 */
export async function assertNoInput(
  out: string,
  inputs: readonly (string | undefined)[],
  option = '--out',
): Promise<void> {
  const written = await fileAt(out);
  if (!written) return;
  const place = isImageName(out) ? await realPath(out) : undefined;
  for (const input of inputs) {
    if (input === undefined) continue;
    const read = await fileAt(input);
    const isSame = read?.ino === written.ino && read.dev === written.dev;
    if (!isSame && !(place?.startsWith((await realPath(input)) + sep) ?? false)) continue;
    throw new UsageError(
      'usage/out-is-input',
      `${option} ${printable(out, 400)} would overwrite an input file.`,
      {
        hint: `Choose another file with ${option}.`,
      },
    );
  }
}

async function fileAt(path: string) {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

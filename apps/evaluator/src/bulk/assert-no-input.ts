import { stat } from 'node:fs/promises';
import { printable, UsageError } from '@polytag/core';

/**
 * Refuses to write over what is read: a file by any of its names, by links as well.
 *
 * @param out path that is written
 * @param inputs paths that are read; those that are no files, or not there, are left out
 * @throws UsageError `usage/out-is-input`
 */
export async function assertNoInput(out: string, inputs: readonly (string | undefined)[]): Promise<void> {
  const written = await fileAt(out);
  if (!written) return;
  for (const input of inputs) {
    const read = input === undefined ? undefined : await fileAt(input);
    if (read?.ino !== written.ino || read.dev !== written.dev) continue;
    throw new UsageError(
      'usage/out-is-input',
      `--out ${printable(out, 400)} would overwrite an input file.`,
      {
        hint: 'Choose another file with --out.',
      },
    );
  }
}

async function fileAt(path: string) {
  const found = await stat(path, { bigint: true }).catch(() => undefined);
  return found?.isFile() ? found : undefined;
}

import { open, stat } from 'node:fs/promises';
import { printable, UsageError } from '@polytag/core';
import { fileErrorFrom } from '../errors/file-error-from.js';

/** What is looked at of a file. */
const HEAD_BYTES = 2 ** 16;

export interface OwnOutput {
  /** Option that names the file. Default `--out`. */
  readonly option?: string;
  /** What is written, e.g. `a list of predictions`. */
  readonly what: string;
  /** Whether a file that begins like this was written by the same command. */
  readonly isOwn: (head: string) => boolean;
}

/**
 * Throws if writing would replace a file of another kind: a path may be mistyped. What is no file, as a pipe, and an empty
 * file may be written.
 *
 * @throws UsageError `usage/foreign-file`; FileError `file/…`
 */
export async function assertReplacesOwn(
  path: string,
  { option = '--out', what, isOwn }: OwnOutput,
): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile() || found.size === 0) return;
  if (isOwn(await headOf(path))) return;
  throw new UsageError(
    'usage/foreign-file',
    `${option} ${printable(path, 400)} already exists and is not ${what}.`,
    { hint: `Choose another file with ${option}, or remove this one first.` },
  );
}

/** Text, or of other files their bytes as Latin-1. */
async function headOf(path: string): Promise<string> {
  try {
    const file = await open(path);
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
      return buffer.toString('latin1', 0, bytesRead);
    } finally {
      await file.close();
    }
  } catch (error) {
    throw fileErrorFrom(error) ?? error;
  }
}

import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { FileError, printable } from '@polytag/core';

/** What a new file begins with. */
export interface FirstBytes {
  readonly from: string;
  readonly bytes: number;
}

/**
 * A new file at a path, open to append. If the command that has the old one open still runs, what it writes goes nowhere:
 * bytes of two never mix.
 *
 * @throws errors of the system, and nothing is changed
 */
export async function replaced(path: string, { from, bytes }: FirstBytes): Promise<FileHandle> {
  const mode = (await stat(path).catch(() => undefined))?.mode;
  // A link stays one.
  const target = await realpath(path).catch(() => path);
  const aside = `${target}.${randomUUID()}.tmp`;
  let file: FileHandle | undefined;
  try {
    file = await open(aside, 'ax', mode);
    if (bytes > 0) {
      const before = createReadStream(from, { end: bytes - 1, highWaterMark: 2 ** 20 });
      for await (const piece of before) await file.appendFile(piece as Buffer);
    }
    await rename(aside, target);
    return file;
  } catch (error) {
    await file?.close();
    await rm(aside, { force: true });
    throw error;
  }
}

/** Whether the file that is open is the one at its path; true of what is no file, such as a pipe. */
export async function isInPlace(path: string, file: FileHandle): Promise<boolean> {
  const written = await file.stat({ bigint: true });
  if (!written.isFile()) return true;
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  return there?.ino === written.ino && there.dev === written.dev;
}

/**
 * A file that was removed or replaced takes bytes all the same, and nobody can read them.
 *
 * @throws FileError `file/vanished`
 */
export async function assertInPlace(path: string, file: FileHandle): Promise<void> {
  if (await isInPlace(path, file)) return;
  throw new FileError(
    'file/vanished',
    `${printable(path, 400)} was removed or replaced while it was being written, perhaps by the same command, started again.`,
    { hint: 'If another command writes this file now, let it end. Otherwise run this one again.' },
  );
}

import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { CheckpointError, DataError, printable, UsageError, type PolytagError } from '@polytag/core';

/** Kind of file. It decides the class of errors, and so the exit status, and the first half of their codes. */
export type FileKind = 'data' | 'usage' | 'checkpoint';

export interface ReadOptions {
  /** What errors call the file, e.g. `label file`. */
  readonly what: string;
  /** Default `data`. */
  readonly kind?: FileKind;
  /** Hint if the file cannot be read. Default: check the path. */
  readonly hint?: string;
}

const ERRORS = { data: DataError, usage: UsageError, checkpoint: CheckpointError } as const;

/** An error about a file, of the class for its kind. */
export function refusal(
  path: string,
  { what, kind = 'data' }: ReadOptions,
  code: string,
  problem: string,
  options: { readonly hint?: string; readonly cause?: unknown },
): PolytagError {
  return new ERRORS[kind](`${kind}/${code}`, `The ${what} ${printable(path, 400)} ${problem}.`, options);
}

/**
 * Opens a regular file for reading. A pipe, device, socket or folder is refused at once: the file is opened without
 * waiting for a writer, and checked before it is read.
 * @returns the open file, which the caller closes, and its size in bytes as the system reports it
 * @throws DataError, UsageError or CheckpointError by `kind`: `…/file-missing`, `…/file-unreadable`, `…/not-a-file`;
 *   the system's error is its `cause`
 */
export async function openRegularFile(
  path: string,
  options: ReadOptions,
): Promise<{ readonly handle: FileHandle; readonly size: number }> {
  const hint = options.hint ?? 'Check the path.';
  let handle: FileHandle | undefined;
  try {
    // Windows knows neither flag.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0) | (constants.O_NOCTTY ?? 0));
    const found = await handle.stat();
    if (found.isFile()) return { handle, size: found.size };
    const kind = found.isDirectory() ? 'a folder' : found.isFIFO() ? 'a pipe' : 'a device';
    throw refusal(path, options, 'not-a-file', `is ${kind}, not a file`, {
      hint: found.isFIFO() ? 'Write the output of the pipe to a file, and give the path of that file.' : hint,
    });
  } catch (error) {
    await handle?.close();
    throw unreadable(path, options, error);
  }
}

/** Turns an error of reading into one that names the file. An error that names it already is kept. */
export function unreadable(path: string, options: ReadOptions, error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (Object.values(ERRORS).some((known) => error instanceof known)) return error;
  const hint = options.hint ?? 'Check the path.';
  if (code === 'ENOENT' || code === 'ENOTDIR')
    return refusal(path, options, 'file-missing', 'was not found', { hint, cause: error });
  // What Linux says of a socket, or of a device that nothing stands behind.
  if (code === 'ENXIO' || code === 'ENODEV' || code === 'EOPNOTSUPP')
    return refusal(path, options, 'not-a-file', 'is a socket or a device, not a file', {
      hint,
      cause: error,
    });
  if (code === 'EISDIR')
    return refusal(path, options, 'not-a-file', 'is a folder, not a file', { hint, cause: error });
  // Node names the path once more, after the last comma.
  const why = message.replace(/^[A-Z]+: /, '').replace(/, [a-z]+(?: '.*)?$/s, '');
  return refusal(path, options, 'file-unreadable', `cannot be read: ${printable(why)}`, {
    hint: code === 'EACCES' || code === 'EPERM' ? 'Change the permissions of the file.' : hint,
    cause: error,
  });
}

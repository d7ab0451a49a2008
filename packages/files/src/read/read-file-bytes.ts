import type { FileHandle } from 'node:fs/promises';
import { sizeText } from '@polytag/core';
import { openRegularFile, refusal, unreadable, type ReadOptions } from './regular-file.js';

export interface ReadBytesOptions extends ReadOptions {
  /** Maximum size in bytes. */
  readonly maxBytes: number;
}

/**
 * Reads a regular file. A file over the limit is refused before it is read. A file that grows meanwhile, or that has a
 * size of 0 but content (as in /proc), is refused as soon as it exceeds the limit.
 *
 * @throws DataError, UsageError or CheckpointError by `kind`: `…/file-missing`, `…/file-unreadable`, `…/not-a-file`,
 *   `…/file-too-large`
 */
export async function readFileBytes(
  path: string,
  options: ReadBytesOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const { handle, size } = await openRegularFile(path, options);
  try {
    if (size > options.maxBytes) throw tooLarge(path, options, `has ${sizeText(size)}`);
    const bytes = await readUpTo(handle, size, options.maxBytes);
    if (!bytes) throw tooLarge(path, options, `has more than ${sizeText(options.maxBytes)}`);
    return bytes;
  } catch (error) {
    throw unreadable(path, options, error);
  } finally {
    await handle.close();
  }
}

const STEP = 2 ** 16;

/** Undefined if the file exceeds the limit. */
async function readUpTo(
  handle: FileHandle,
  size: number,
  maxBytes: number,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  // One byte more than there should be: the last read then tells the end without another buffer.
  let bytes = new Uint8Array(size + 1);
  for (let done = 0; ;) {
    const { bytesRead } = await handle.read(bytes, done, bytes.length - done, null);
    done += bytesRead;
    if (done > maxBytes) return undefined;
    if (bytesRead === 0) return bytes.subarray(0, done);
    if (done === bytes.length) {
      const larger = new Uint8Array(Math.min(Math.max(2 * done, STEP), maxBytes + 1));
      larger.set(bytes);
      bytes = larger;
    }
  }
}

function tooLarge(path: string, options: ReadBytesOptions, problem: string) {
  return refusal(path, options, 'file-too-large', `${problem}; the limit is ${sizeText(options.maxBytes)}`, {
    hint: `Check that the path is that of the ${options.what}.`,
  });
}

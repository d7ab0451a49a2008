import { randomUUID } from 'node:crypto';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { errnoOf, fault } from './fault.js';

/** Writes a new file and waits until the disk has it. */
export async function writeDurably(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const chunk of chunks) await writeAll(file, chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** One call to `write` may take only a part: at most 2 GiB on Linux. */
async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
  }
}

/** Waits until the disk has a folder's list of names. Windows cannot and need not. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!['EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(errnoOf(error) ?? '')) throw error;
  }
}

/**
 * Writes a file so that `path` holds either what it held before or all of the new content, whatever happens.
 *
 * @throws CheckpointError `checkpoint/write-failed`, `checkpoint/not-found` when the folder is missing
 */
export async function replaceFile(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const aside = join(dirname(path), `.${basename(path)}.${randomUUID()}.tmp`);
  try {
    await writeDurably(aside, chunks);
    await rename(aside, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(aside, { force: true });
    throw fault('write', path, error);
  }
}

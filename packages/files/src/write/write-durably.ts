import { open, type FileHandle } from 'node:fs/promises';

/**
 * Writes a new file and waits until it is on disk. An existing file is refused (EEXIST). After an error, part of the
 * file may exist: the caller removes it.
 *
 * @param mode permissions; default: as the system gives them to a new file
 */
export async function writeDurably(path: string, chunks: Iterable<Uint8Array>, mode?: number): Promise<void> {
  const file = await open(path, 'wx');
  try {
    if (mode !== undefined) await file.chmod(mode);
    for (const chunk of chunks) await writeAll(file, chunk);
    await file.sync();
  } finally {
    await file.close();
  }
}

/** One call to `write` may write only a part: at most 2 GiB on Linux. */
export async function writeAll(file: FileHandle, chunk: Uint8Array): Promise<void> {
  for (let done = 0; done < chunk.length;) {
    done += (await file.write(chunk, done, chunk.length - done)).bytesWritten;
  }
}

/** Errors of flushing a folder that can be ignored: Windows cannot flush folders, and some may not be listed. */
const NEEDLESS = new Set(['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP']);

/** Waits until the list of names of a folder is on disk, so that a rename in it survives a power cut. */
export async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (!NEEDLESS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
  }
}

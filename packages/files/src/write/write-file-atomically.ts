import { randomUUID } from 'node:crypto';
import { open, realpath, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileErrorFrom } from '../errors/file-error-from.js';

/**
 * Writes a file so that `path` holds what it held before, or all of the new content, whatever happens: it is written
 * aside in the same folder, brought to the disk, and renamed. After a fault nothing is left behind. A link keeps leading
 * to its file, and a file keeps its permissions; what is no regular file (`/dev/stdout`, a pipe) is written to as it is.
 *
 * @throws FileError `file/…` with the name of the system's refusal
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
): Promise<void> {
  const chunks = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
  try {
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isFile() && !there.isDirectory()) return await writeStraight(path, chunks);
    // What a program was given as an open file must stay the same one.
    if (/^\/(dev|proc)\//.test(resolve(path))) return await writeStraight(path, chunks);
    await replace(there ? await realpath(path) : path, chunks, there?.mode);
  } catch (error) {
    throw fileErrorFrom(error) ?? error;
  }
}

async function replace(path: string, chunks: Iterable<Uint8Array>, mode?: number): Promise<void> {
  const folder = dirname(path);
  // Short enough for a name of its own, however long the name of the file.
  const aside = join(folder, `.${basename(path).slice(0, 40)}.${randomUUID()}.tmp`);
  try {
    const file = await open(aside, 'wx');
    try {
      if (mode !== undefined) await file.chmod(mode & 0o777);
      for (const chunk of chunks) await writeAll(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(aside, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

async function writeStraight(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const chunk of chunks) await writeAll(file, chunk);
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
async function syncFolder(path: string): Promise<void> {
  try {
    const folder = await open(path, 'r');
    try {
      await folder.sync();
    } finally {
      await folder.close();
    }
  } catch (error) {
    if (
      !['EPERM', 'EACCES', 'EISDIR', 'EINVAL', 'ENOTSUP'].includes(
        (error as NodeJS.ErrnoException).code ?? '',
      )
    )
      throw error;
  }
}

import { randomUUID } from 'node:crypto';
import { link, lstat, open, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { fileErrorFrom } from '../errors/file-error-from.js';
import { syncFolder, writeAll, writeDurably } from './write-durably.js';

export interface WriteFileOptions {
  /** Refuses an existing name (`file/EEXIST`) and leaves its file unchanged. Default false. */
  readonly onlyNew?: boolean;
}

/**
 * Replaces a file as a whole: `path` has its old content or all of the new, even after a crash. The content is written
 * to a temporary file in the same folder, flushed to disk, and renamed. After an error nothing is left behind. A link
 * still leads to its file, and a file keeps its permissions. What is not a regular file (`/dev/stdout`, a pipe) is
 * written to directly.
 *
 * @throws FileError `file/…` with the name of the system's refusal
 */
export async function writeFileAtomically(
  path: string,
  data: string | Uint8Array | Iterable<Uint8Array>,
  { onlyNew }: WriteFileOptions = {},
): Promise<void> {
  const chunks = typeof data === 'string' ? [Buffer.from(data)] : data instanceof Uint8Array ? [data] : data;
  try {
    if (onlyNew) return await replace(path, chunks, { onlyNew });
    const there = await stat(path).catch(() => undefined);
    if (there && !there.isFile() && !there.isDirectory()) return await writeStraight(path, chunks);
    // What a program was given as an open file must stay the same one.
    if (/^\/(dev|proc)\//.test(resolve(path))) return await writeStraight(path, chunks);
    await replace(there ? await realpath(path) : path, chunks, { mode: there?.mode });
  } catch (error) {
    throw fileErrorFrom(error) ?? error;
  }
}

async function replace(
  path: string,
  chunks: Iterable<Uint8Array>,
  { mode, onlyNew = false }: { readonly mode?: number; readonly onlyNew?: boolean },
): Promise<void> {
  const folder = dirname(path);
  // Short enough for a name of its own, however long the name of the file.
  const aside = join(folder, `.${basename(path).slice(0, 40)}.${randomUUID()}.tmp`);
  try {
    await writeDurably(aside, chunks, mode === undefined ? undefined : mode & 0o777);
    if (onlyNew) await giveName(aside, path);
    else await rename(aside, path);
    await syncFolder(folder);
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  }
}

/** Error codes of file systems without links. */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'ENOSYS']);

/** Renames a file unless the new name exists, even if another process creates it at the same time. */
async function giveName(aside: string, path: string): Promise<void> {
  try {
    await link(aside, path);
    await rm(aside, { force: true });
  } catch (error) {
    if (!NO_LINKS.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    // The best that there is: between the two calls another process may take the name.
    if (await lstat(path).catch(() => undefined))
      throw Object.assign(new Error(`EEXIST: file already exists, link '${path}'`), { code: 'EEXIST' });
    await rename(aside, path);
  }
}

async function writeStraight(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const chunk of chunks) await writeAll(file, chunk);
  } catch (error) {
    // The reader of a pipe has gone, and wants no more.
    if ((error as NodeJS.ErrnoException).code !== 'EPIPE') throw error;
  } finally {
    await file.close();
  }
}

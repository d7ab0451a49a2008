import { open, readdir, rename, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { readTextFile } from '@polytag/files';
import { isGone, isOwn, newOwner, OWNER } from '../files/owner.js';
import { diskFault } from './download-error.js';
import type { FileVersion } from './file-version.js';

const ENDING = '.incomplete';

/**
 * The beginning of a file that is being fetched, beside the place where it will lie. While it grows it has its
 * writer's name in its own, so that two processes never write one file; left behind, it is `NAME.incomplete`, and the
 * next one goes on with it. Which version of the file it is of lies beside it, in JSON.
 */
export class PartialFile {
  #size: number;
  #version: FileVersion;

  private constructor(
    readonly target: string,
    readonly path: string,
    private readonly handle: FileHandle,
    start: { readonly size: number; readonly version: FileVersion },
  ) {
    this.#size = start.size;
    this.#version = start.version;
  }

  /** Bytes that are there. */
  get size(): number {
    return this.#size;
  }

  /** What the server said about the file that they are of. */
  get version(): FileVersion {
    return this.#version;
  }

  /** Begins anew, or where an earlier one left off. The folder of `target` must exist. */
  static async begin(target: string): Promise<PartialFile> {
    const path = `${target}.${newOwner()}${ENDING}`;
    let handle: FileHandle | undefined;
    let version: FileVersion | undefined;
    try {
      await takeOver(target, path);
      version = await readVersion(path);
      handle = await open(path, 'a');
      const { size } = await handle.stat();
      const partial = new PartialFile(target, path, handle, { size, version: version ?? {} });
      // Nobody knows what it is of.
      if (!version) await partial.restart({});
      return partial;
    } catch (error) {
      await handle?.close();
      // What an earlier one has left stays for the next one.
      await (version ? move(path, `${target}${ENDING}`) : remove(path)).catch(() => undefined);
      throw diskFault(path, error);
    }
  }

  async append(chunk: Uint8Array): Promise<void> {
    try {
      for (let done = 0; done < chunk.length;) {
        const { bytesWritten } = await this.handle.write(chunk, done, chunk.length - done);
        done += bytesWritten;
        this.#size += bytesWritten;
      }
    } catch (error) {
      throw diskFault(this.path, error);
    }
  }

  /** Empties it, for a file of this version. */
  async restart(version: FileVersion): Promise<void> {
    try {
      await this.handle.truncate(0);
      this.#size = 0;
      this.#version = version;
      await writeFile(versionFile(this.path), JSON.stringify(version));
    } catch (error) {
      throw diskFault(this.path, error);
    }
  }

  /** Leaves it for the next one. */
  async leave(): Promise<void> {
    await this.handle.close();
    const left = `${this.target}${ENDING}`;
    if (this.#size === 0 || (await sizeOf(left)) > this.#size) return remove(this.path);
    await move(this.path, left);
  }

  /** Flushes it to the disk and closes it, to be read. */
  async close(): Promise<void> {
    try {
      await this.handle.sync();
    } catch (error) {
      await this.#leaveWhole();
      throw diskFault(this.path, error);
    } finally {
      await this.handle.close();
    }
  }

  /** Puts it, closed, in the place of `target`. */
  async finish(): Promise<void> {
    try {
      await rename(this.path, this.target);
      await rm(versionFile(this.path), { force: true });
    } catch (error) {
      await this.#leaveWhole();
      throw diskFault(this.target, error);
    }
  }

  /** All of it is there, and the next one need not fetch it: this process may live on. */
  async #leaveWhole(): Promise<void> {
    await move(this.path, `${this.target}${ENDING}`).catch(() => undefined);
  }

  /** Removes it, closed. */
  discard(): Promise<void> {
    return remove(this.path);
  }
}

const versionFile = (path: string): string => `${path}.json`;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => -1,
  );

async function readVersion(path: string): Promise<FileVersion | undefined> {
  try {
    const value = JSON.parse(
      await readTextFile(versionFile(path), { what: 'record', kind: 'checkpoint', maxBytes: 2 ** 16 }),
    ) as FileVersion;
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

async function remove(path: string): Promise<void> {
  await rm(path, { force: true });
  await rm(versionFile(path), { force: true });
}

/** Renaming the file itself decides between two processes: one of them finds it gone. */
async function move(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
  await rename(versionFile(from), versionFile(to)).catch(() => rm(versionFile(to), { force: true }));
  return true;
}

/** Gives `path` what was left behind: on purpose, or by a process that died; the others of these are removed. */
async function takeOver(target: string, path: string): Promise<void> {
  let found = await move(`${target}${ENDING}`, path);
  const prefix = `${basename(target)}.`;
  for (const name of await readdir(dirname(target))) {
    if (!name.startsWith(prefix) || !name.endsWith(ENDING)) continue;
    const owner = name.slice(prefix.length, -ENDING.length);
    const abandoned = join(dirname(target), name);
    if (OWNER.exec(owner)?.[0] !== owner || isOwn(owner) || !(await isGone(owner, abandoned))) continue;
    if (found) await remove(abandoned);
    else found = await move(abandoned, path);
  }
}

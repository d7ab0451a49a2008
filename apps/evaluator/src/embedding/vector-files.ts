import { randomUUID } from 'node:crypto';
import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** Bytes of an npy file before its values: room for any shape. */
const HEADER = 128;

/** Where the names of the images go: `vectors.npy` has `vectors.txt` beside it. */
export const listPath = (npy: string): string => `${npy.replace(/\.npy$/i, '')}.txt`;

/**
 * Vectors of images, written as they come: `FILE.npy`, float32 [N, C] in NumPy's format, and `FILE.txt` with the path of
 * each on a line. Both are written aside and get their names when all is there.
 */
export class VectorFiles {
  #images = 0;

  private constructor(
    private readonly npy: string,
    private readonly length: number,
    private readonly vectors: FileHandle,
    private readonly list: FileHandle,
    private readonly aside: readonly [vectors: string, list: string],
  ) {}

  /** @param length values of a vector, C */
  static async create(npy: string, length: number): Promise<VectorFiles> {
    const folder = dirname(npy);
    await mkdir(folder, { recursive: true });
    const name = (kind: string) => join(folder, `.${basename(npy).slice(0, 40)}.${randomUUID()}.${kind}.tmp`);
    const aside = [name('npy'), name('txt')] as const;
    const opened: FileHandle[] = [];
    try {
      for (const path of aside) opened.push(await open(path, 'wx'));
      const [vectors, list] = opened;
      await vectors.appendFile(npyHeader(0, length));
      return new VectorFiles(npy, length, vectors, list, aside);
    } catch (error) {
      await removeAside(opened, aside);
      throw error;
    }
  }

  /** @param paths without line breaks */
  async add(paths: readonly string[], vectors: readonly Float32Array[]): Promise<void> {
    this.#images += paths.length;
    await this.list.appendFile(paths.map((path) => `${path}\n`).join(''));
    for (const { buffer, byteOffset, byteLength } of vectors)
      await this.vectors.appendFile(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** Gives the files their names. */
  async finish(): Promise<void> {
    const header = npyHeader(this.#images, this.length);
    await this.vectors.write(header, 0, header.length, 0);
    for (const file of [this.vectors, this.list]) {
      await file.sync();
      await file.close();
    }
    await this.#giveNames();
  }

  /** Both get their names, or what was there before keeps them. */
  async #giveNames(): Promise<void> {
    const list = listPath(this.npy);
    const before = `${this.aside[1]}.before`;
    const hadList = await rename(list, before).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    try {
      await rename(this.aside[1], list);
      await rename(this.aside[0], this.npy);
    } catch (error) {
      await (hadList ? rename(before, list) : rm(list, { force: true })).catch(() => undefined);
      throw error;
    }
    if (hadList) await rm(before, { force: true });
  }

  /** Removes what was not finished. */
  close(): Promise<void> {
    return removeAside([this.vectors, this.list], this.aside);
  }
}

async function removeAside(files: readonly FileHandle[], paths: readonly string[]): Promise<void> {
  for (const file of files) await file.close();
  for (const path of paths) await rm(path, { force: true });
}

/** NumPy's header, version 1.0, of float32 [rows, columns] in little-endian rows. */
function npyHeader(rows: number, columns: number): Buffer {
  const header = Buffer.alloc(HEADER, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(HEADER - 10, 8);
  header.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`, 10, 'latin1');
  header.write('\n', HEADER - 1);
  return header;
}

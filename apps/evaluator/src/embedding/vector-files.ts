import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printable, UsageError } from '@polytag/core';

/** Bytes of an npy file before its values: room for any shape. */
export const HEADER = 128;

/** Where the names of the images go: `vectors.npy` has `vectors.txt` beside it. */
export const listPath = (npy: string): string => `${npy.replace(/\.npy$/i, '')}.txt`;

/** A file and its list, as they are called while they are written. */
const partsOf = (npy: string) => [`${npy}.part`, `${listPath(npy)}.part`] as const;

/** What an earlier run left: whole vectors, each with its image. */
export interface WrittenVectors {
  /** Paths of the images, in order. */
  readonly images: readonly string[];
  /** The vector of the last of them. */
  readonly last: Float32Array;
}

/**
 * Vectors of images, written as they come: `FILE.npy`, float32 [N, C] in NumPy's format, and `FILE.txt` with the path of
 * each on a line. Until all is there both are called `….part`: `resume` goes on with them, or with finished files.
 */
export class VectorFiles {
  #images = 0;
  /** Unfinished files that this run began. */
  #isOurs = false;
  #files?: readonly [vectors: FileHandle, list: FileHandle];

  private constructor(
    private readonly npy: string,
    private readonly length: number,
    /** Of an earlier run, with the files that hold it; those are changed by the first new vector. */
    readonly written?: WrittenVectors & { readonly files: readonly [vectors: string, list: string] },
  ) {}

  /**
   * Files that are written anew.
   *
   * @param length values of a vector, C
   */
  static create(npy: string, length: number): VectorFiles {
    return new VectorFiles(npy, length);
  }

  /**
   * Goes on with the files of an earlier run, where there are any.
   *
   * @throws UsageError `usage/resume-differs` when they hold vectors of another length, or no vectors
   */
  static async resume(npy: string, length: number): Promise<VectorFiles> {
    for (const files of [partsOf(npy), [npy, listPath(npy)] as const]) {
      if (!(await isFile(files[0]))) continue;
      const found = await writtenVectors(files, length);
      return new VectorFiles(npy, length, found && { ...found, files });
    }
    return new VectorFiles(npy, length);
  }

  /** @param paths without line breaks */
  async add(paths: readonly string[], vectors: readonly Float32Array[]): Promise<void> {
    if (paths.length === 0) return;
    const [npy, list] = (this.#files ??= await this.#open());
    this.#images += paths.length;
    // A path that is in the list has its vector: the vectors are written first.
    for (const { buffer, byteOffset, byteLength } of vectors)
      await npy.appendFile(new Uint8Array(buffer, byteOffset, byteLength));
    await list.appendFile(paths.map((path) => `${path}\n`).join(''));
  }

  /**
   * Gives the files their names.
   *
   * @returns how many vectors there are
   */
  async finish(): Promise<number> {
    const files = (this.#files ??= await this.#open());
    const parts = partsOf(this.npy);
    const header = npyHeader(this.#images, this.length);
    for (const file of files) await file.close();
    // What appends cannot write at the start.
    const npy = await open(parts[0], 'r+');
    await npy.write(header, 0, header.length, 0);
    await npy.sync();
    await npy.close();
    await this.#giveNames(parts);
    this.#files = undefined;
    this.#isOurs = false;
    return this.#images;
  }

  /** Both get their names, or what was there before keeps them. */
  async #giveNames([vectors, list]: readonly [string, string]): Promise<void> {
    const name = listPath(this.npy);
    const before = `${list}.before`;
    const hadList = await rename(name, before).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false;
        throw error;
      },
    );
    try {
      await rename(list, name);
      await rename(vectors, this.npy);
    } catch (error) {
      await (hadList ? rename(before, name) : rm(name, { force: true })).catch(() => undefined);
      throw error;
    }
    if (hadList) await rm(before, { force: true });
  }

  /**
   * Vectors that are not finished stay for `resume` where they are to be kept, or where they are of an earlier run; after a
   * fault nothing is left.
   */
  async close({ keep = false }: { readonly keep?: boolean } = {}): Promise<void> {
    for (const file of this.#files ?? []) await file.close();
    if (keep || !this.#isOurs) return;
    for (const part of partsOf(this.npy)) await rm(part, { force: true });
  }

  async #open(): Promise<readonly [FileHandle, FileHandle]> {
    const parts = partsOf(this.npy);
    await mkdir(dirname(this.npy), { recursive: true });
    if (!this.written) {
      for (const part of parts) await rm(part, { force: true });
      this.#isOurs = true;
      const files = [await open(parts[0], 'a'), await open(parts[1], 'a')] as const;
      await files[0].appendFile(npyHeader(0, this.length));
      return files;
    }
    const { files: before, images } = this.written;
    if (before[0] !== parts[0]) for (const [i, part] of parts.entries()) await rename(before[i], part);
    const files = [await open(parts[0], 'a'), await open(parts[1], 'a')] as const;
    await files[0].truncate(HEADER + 4 * this.length * images.length);
    await files[1].truncate(Buffer.byteLength(images.map((image) => `${image}\n`).join('')));
    this.#images = images.length;
    return files;
  }
}

const isFile = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => undefined))?.isFile() ?? false;

/** Undefined where there is no whole vector with its image. */
async function writtenVectors(
  [npy, list]: readonly [string, string],
  length: number,
): Promise<WrittenVectors | undefined> {
  const file = await open(npy, 'r');
  try {
    const { size } = await file.stat();
    const header = Buffer.alloc(HEADER);
    const { bytesRead } = await file.read(header, 0, HEADER, 0);
    if (bytesRead === 0) return undefined;
    const shape = /^\x93NUMPY.*'descr': '<f4', 'fortran_order': False, 'shape': \(\d+, (\d+)\)/s.exec(
      header.toString('latin1'),
    );
    if (
      bytesRead < HEADER
        ? !npyHeader(0, length).subarray(0, bytesRead).equals(header.subarray(0, bytesRead))
        : Number(shape?.[1]) !== length
    )
      throw differs(npy, `its vectors do not have ${length} values`);
    const text = await readFile(list, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(0, -1);
    const count = Math.min(lines.length, Math.max(0, Math.floor((size - HEADER) / (4 * length))));
    if (count === 0) return undefined;
    const last = new Float32Array(length);
    await file.read(new Uint8Array(last.buffer), 0, last.byteLength, HEADER + 4 * length * (count - 1));
    return { images: lines.slice(0, count), last };
  } finally {
    await file.close();
  }
}

export const differs = (path: string, why: string): UsageError =>
  new UsageError('usage/resume-differs', `${printable(path, 400)} was not written by this command: ${why}.`, {
    hint: 'Use the same photographs, in the same order, and the same model as before; or start again without --resume. The files were not changed.',
  });

/** NumPy's header, version 1.0, of float32 [rows, columns] in little-endian rows. */
export function npyHeader(rows: number, columns: number): Buffer {
  const header = Buffer.alloc(HEADER, ' ');
  header.write('\x93NUMPY\x01\x00', 'latin1');
  header.writeUInt16LE(HEADER - 10, 8);
  header.write(`{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${columns}), }`, 10, 'latin1');
  header.write('\n', HEADER - 1);
  return header;
}

import { mkdir, open, readFile, rename, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { printable, UsageError } from '@polytag/core';
import { assertInPlace, isInPlace, replaced } from '../bulk/replaced-file.js';

/** Bytes of an npy file before its values: room for any shape. */
export const HEADER = 128;

/** Where the names of the images go: `vectors.npy` has `vectors.txt` beside it. */
export const listPath = (npy: string): string => `${npy.replace(/\.npy$/i, '')}.txt`;

/** A file and its list, as they are called while they are written. */
const partsOf = (npy: string): Parts => [`${npy}.part`, `${listPath(npy)}.part`];

type Parts = readonly [vectors: string, list: string];

/** What an earlier run left: whole vectors, each with its image. */
export interface WrittenVectors {
  /** Paths of the images, in order. */
  readonly images: readonly string[];
  /** The vector of the last of them. */
  readonly last: Float32Array;
  /** Whether the files hold these, and nothing else. */
  readonly isWhole: boolean;
}

export interface VectorFilesOptions {
  /** Called once, before a file is changed. */
  readonly beforeChange?: () => Promise<void>;
}

/**
 * Vectors of images, written as they come: `FILE.npy`, float32 [N, C] in NumPy's format, and `FILE.txt` with the path of
 * each on a line. Until all is there both are called `….part`: `resume` goes on with them, or with a copy of finished files.
 * Of several commands that write the same files one goes on, and the others end with `file/vanished`.
 */
export class VectorFiles {
  #images = 0;
  /** Unfinished files that this run began. */
  #isOurs = false;
  #files?: readonly [vectors: FileHandle, list: FileHandle];

  private constructor(
    private readonly npy: string,
    private readonly length: number,
    /** Of an earlier run, with the files that hold it; parts are changed by the first new vector. */
    readonly written: (WrittenVectors & { readonly files: Parts }) | undefined,
    private readonly beforeChange: VectorFilesOptions['beforeChange'],
  ) {}

  /**
   * Files that are written anew.
   *
   * @param length values of a vector, C
   */
  static create(npy: string, length: number, { beforeChange }: VectorFilesOptions = {}): VectorFiles {
    return new VectorFiles(npy, length, undefined, beforeChange);
  }

  /**
   * Goes on with the files of an earlier run, where there are any.
   *
   * @throws UsageError `usage/resume-differs` when they hold vectors of another length, or no vectors
   */
  static async resume(
    npy: string,
    length: number,
    { beforeChange }: VectorFilesOptions = {},
  ): Promise<VectorFiles> {
    for (const files of [partsOf(npy), [npy, listPath(npy)] as const]) {
      if (!(await isFile(files[0]))) continue;
      const found = await writtenVectors(files, length);
      return new VectorFiles(npy, length, found && { ...found, files }, beforeChange);
    }
    return VectorFiles.create(npy, length, { beforeChange });
  }

  /**
   * @param paths without line breaks
   * @throws FileError `file/vanished` where another command has begun these files meanwhile
   */
  async add(paths: readonly string[], vectors: readonly Float32Array[]): Promise<void> {
    if (paths.length === 0) return;
    const [npy, list] = (this.#files ??= await this.#open());
    await this.#assertInPlace();
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
   * @throws FileError `file/vanished` where another command has begun these files meanwhile
   */
  async finish(): Promise<number> {
    const { written } = this;
    if (!this.#files && written?.isWhole && written.files[0] === this.npy) return written.images.length;
    const files = (this.#files ??= await this.#open());
    const parts = partsOf(this.npy);
    await writeHeader(parts[0], files[0], npyHeader(this.#images, this.length));
    await this.#assertInPlace();
    await this.#giveNames(parts);
    for (const file of files) await file.close();
    this.#files = undefined;
    this.#isOurs = false;
    return this.#images;
  }

  /** Both get their names, or what was there before keeps them. */
  async #giveNames([vectors, list]: Parts): Promise<void> {
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
   *
   * @returns whether vectors were removed
   */
  async close({ keep = false }: { readonly keep?: boolean } = {}): Promise<boolean> {
    let isRemoved = false;
    for (const [i, file] of (this.#files ?? []).entries()) {
      const part = partsOf(this.npy)[i];
      const isLeft = !keep && this.#isOurs && (await isInPlace(part, file));
      await file.close();
      if (isLeft) await rm(part, { force: true });
      isRemoved ||= isLeft;
    }
    return isRemoved;
  }

  async #assertInPlace(): Promise<void> {
    for (const [i, file] of this.#files!.entries()) await assertInPlace(partsOf(this.npy)[i], file);
  }

  async #open(): Promise<readonly [FileHandle, FileHandle]> {
    const parts = partsOf(this.npy);
    await mkdir(dirname(this.npy), { recursive: true });
    const { files: before, images } = this.written ?? { files: parts, images: [] };
    this.#isOurs = !this.written || before[0] !== parts[0];
    this.#images = images.length;
    const bytes = [
      this.written ? HEADER + 4 * this.length * images.length : 0,
      Buffer.byteLength(images.map((image) => `${image}\n`).join('')),
    ];
    await this.beforeChange?.();
    const npy = await replaced(parts[0], { from: before[0], bytes: bytes[0] });
    try {
      const list = await replaced(parts[1], { from: before[1], bytes: bytes[1] });
      if (!this.written) await npy.appendFile(npyHeader(0, this.length));
      return [npy, list];
    } catch (error) {
      await npy.close();
      throw error;
    }
  }
}

/** What appends cannot write at the start: the file is opened again, and is the same. */
async function writeHeader(path: string, file: FileHandle, header: Buffer): Promise<void> {
  await assertInPlace(path, file);
  const npy = await open(path, 'r+');
  try {
    const [ours, there] = await Promise.all([file, npy].map((one) => one.stat({ bigint: true })));
    // The next check tells.
    if (ours.ino !== there.ino || ours.dev !== there.dev) return;
    await npy.write(header, 0, header.length, 0);
    await npy.sync();
  } finally {
    await npy.close();
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
    const shape = /^\x93NUMPY.*'descr': '<f4', 'fortran_order': False, 'shape': \((\d+), (\d+)\)/s.exec(
      header.toString('latin1'),
    );
    if (
      bytesRead < HEADER
        ? !npyHeader(0, length).subarray(0, bytesRead).equals(header.subarray(0, bytesRead))
        : Number(shape?.[2]) !== length
    )
      throw differs(npy, `its vectors do not have ${length} values`);
    const text = await readFile(list, 'utf8').catch(() => '');
    const lines = text.split('\n').slice(0, -1);
    const count = Math.min(lines.length, Math.max(0, Math.floor((size - HEADER) / (4 * length))));
    if (count === 0) return undefined;
    const last = new Float32Array(length);
    await file.read(new Uint8Array(last.buffer), 0, last.byteLength, HEADER + 4 * length * (count - 1));
    const isWhole =
      size === HEADER + 4 * length * count && lines.length === count && Number(shape?.[1]) === count;
    return { images: lines.slice(0, count), last, isWhole };
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

import { CheckpointError } from '@polytag/core';
import { openFile, type ByteSource } from '../bytes/byte-source.js';
import type { Checkpoint } from '../open/checkpoint.js';
import { describedAs } from '../open/described-as.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { ZipArchive } from '../zip/zip-archive.js';
import { LONGEST_START, npyLayout, type NpyLayout } from './npy-layout.js';
import { parseNpy } from './parse-npy.js';

const ENDING = '.npy';

/**
 * A `.npz` file of NumPy's `savez` or `savez_compressed`: a zip archive of npy files, whose names are the keys. Only
 * headers are loaded; an array is read and verified by the archive's checksum on request.
 */
export class NpzFile implements Checkpoint {
  readonly format = 'npz';

  private constructor(
    readonly path: string,
    private readonly zip: ZipArchive,
    readonly entries: ReadonlyMap<string, NpyLayout>,
  ) {}

  /**
   * @throws CheckpointError `checkpoint/not-found`, `checkpoint/read-failed`, `checkpoint/zip`,
   * `checkpoint/format` and those of `parseNpy`
   */
  static async open(path: string): Promise<NpzFile> {
    const source = await openFile(path);
    try {
      return await NpzFile.in(source, await ZipArchive.in(source));
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Opens the file from an open archive, which is closed with it. */
  static async in({ name: path }: ByteSource, zip: ZipArchive): Promise<NpzFile> {
    const entries = new Map<string, NpyLayout>();
    for (const { name, size } of zip.members.values()) {
      if (!name.endsWith(ENDING)) {
        throw new CheckpointError(
          'checkpoint/format',
          `${path} is an archive without weights: it has "${name}".`,
          {
            hint: 'Expected NAME/data.pkl (PyTorch) or NAME.npy (NumPy) in the archive.',
          },
        );
      }
      const start = await zip.readStart(name, Math.min(LONGEST_START, size));
      entries.set(name.slice(0, -ENDING.length), npyLayout(start, size, `${path}: ${name}`));
    }
    return new NpzFile(path, zip, entries);
  }

  async read(key: string): Promise<StoredTensor> {
    describedAs(key, this.entries, this.path);
    const name = key + ENDING;
    return parseNpy(await this.zip.readWhole(name), { source: `${this.path}: ${name}` });
  }

  close(): Promise<void> {
    return this.zip.close();
  }
}

import { basename } from 'node:path';
import { openFile, type ByteSource } from '../bytes/byte-source.js';
import type { Checkpoint } from '../open/checkpoint.js';
import { describedAs } from '../open/described-as.js';
import { elementsOf } from '../tensors/dtype.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { LONGEST_START, npyLayout, fromFileOrder, type NpyLayout } from './npy-layout.js';

/** A `.npy` file: one array, with the file name without extension as its key. */
export class NpyFile implements Checkpoint {
  readonly format = 'npy';
  readonly entries: ReadonlyMap<string, NpyLayout>;

  private constructor(
    private readonly source: ByteSource,
    layout: NpyLayout,
  ) {
    this.entries = new Map([[basename(source.name, '.npy'), layout]]);
  }

  /** @throws CheckpointError `checkpoint/not-found`, `checkpoint/read-failed` and those of `parseNpy` */
  static async open(path: string): Promise<NpyFile> {
    const source = await openFile(path);
    try {
      return await NpyFile.in(source);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Opens the file from an open source, which is closed with it. */
  static async in(source: ByteSource): Promise<NpyFile> {
    const start = await source.read(0, Math.min(LONGEST_START, source.size));
    return new NpyFile(source, npyLayout(start, source.size, source.name));
  }

  get path(): string {
    return this.source.name;
  }

  async read(key: string): Promise<StoredTensor> {
    const layout = describedAs(key, this.entries, this.path);
    const { dtype, shape, dataStart } = layout;
    const bytes = await this.source.read(dataStart, this.source.size - dataStart);
    return { dtype, shape: [...shape], data: fromFileOrder(elementsOf(dtype, bytes.buffer), layout) };
  }

  close(): Promise<void> {
    return this.source.close();
  }
}

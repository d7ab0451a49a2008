import { CheckpointError } from '@polytag/core';
import { foreignContent, FOREIGN_BYTES } from '@polytag/files';
import { openFile, type ByteSource } from '../bytes/byte-source.js';
import { describedAs } from '../open/described-as.js';
import type { Checkpoint } from '../open/checkpoint.js';
import { elementsOf } from '../tensors/dtype.js';
import type { StoredTensor } from '../tensors/stored-tensor.js';
import { labelsIn } from './labels-metadata.js';
import {
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from './header.js';

/**
 * A safetensors file on disk. Only its header is loaded; tensors are read on request. The file stays open, so you see
 * one version even if it is replaced: close it when done.
 */
export class SafetensorsFile implements Checkpoint {
  readonly format = 'safetensors';
  readonly #source: ByteSource;
  readonly #header: SafetensorsHeader;
  readonly #dataStart: number;

  private constructor(source: ByteSource, header: SafetensorsHeader, dataStart: number) {
    this.#source = source;
    this.#header = header;
    this.#dataStart = dataStart;
  }

  /** @throws CheckpointError `checkpoint/not-found`, `checkpoint/read-failed` and those of `parseSafetensors` */
  static async open(path: string): Promise<SafetensorsFile> {
    const source = await openFile(path);
    try {
      return await SafetensorsFile.in(source);
    } catch (error) {
      await source.close();
      throw error;
    }
  }

  /** Opens the file from an open source, which is closed with it. */
  static async in(source: ByteSource): Promise<SafetensorsFile> {
    const { name, size } = source;
    const start = await source.read(0, Math.min(FOREIGN_BYTES, size));
    // What begins as a header of JSON does is no other file, whatever its length looks like.
    const foreign = start[LENGTH_BYTES] === 0x7b ? undefined : foreignContent(start);
    if (foreign)
      throw new CheckpointError('checkpoint/format', `${name} ${foreign.is}, not a safetensors file.`, {
        hint: foreign.hint,
      });
    const length = headerLength(start.subarray(0, LENGTH_BYTES), size, name);
    const dataStart = LENGTH_BYTES + length;
    const header = parseHeader(await source.read(LENGTH_BYTES, length), size - dataStart, name);
    return new SafetensorsFile(source, header, dataStart);
  }

  get path(): string {
    return this.#source.name;
  }

  /** Types and shapes by name, in the order of the data. */
  get entries(): ReadonlyMap<string, TensorEntry> {
    return this.#header.entries;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  get classNames(): readonly string[] | undefined {
    return labelsIn(this.metadata);
  }

  /** @throws CheckpointError `checkpoint/missing-key`, `checkpoint/truncated`, `checkpoint/read-failed` */
  async read(name: string): Promise<StoredTensor> {
    const { dtype, shape, begin, end } = describedAs(name, this.entries, this.path);
    const bytes = await this.#source.read(this.#dataStart + begin, end - begin);
    return { dtype, shape: [...shape], data: elementsOf(dtype, bytes.buffer) };
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}

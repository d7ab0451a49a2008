import { open, type FileHandle } from 'node:fs/promises';
import { CheckpointError } from '@polytag/core';
import { fault } from '../files/fault.js';
import { decodeElements } from './dtype.js';
import {
  headerLength,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  type TensorEntry,
} from './header.js';
import type { StoredTensor } from './parse.js';

/**
 * A safetensors file on disk of which only the header is in memory; tensors are read when they are asked for.
 * It holds the file open, so it sees one version of it even when another is renamed over: close it when done.
 */
export class SafetensorsFile {
  readonly path: string;
  readonly #handle: FileHandle;
  readonly #header: SafetensorsHeader;
  readonly #dataStart: number;

  private constructor(path: string, handle: FileHandle, header: SafetensorsHeader, dataStart: number) {
    this.path = path;
    this.#handle = handle;
    this.#header = header;
    this.#dataStart = dataStart;
  }

  /** @throws CheckpointError `checkpoint/not-found`, `checkpoint/read-failed` and those of `parseSafetensors` */
  static async open(path: string): Promise<SafetensorsFile> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, 'r');
      const { size } = await handle.stat();
      const start = await readAt(handle, 0, Math.min(LENGTH_BYTES, size), path);
      const length = headerLength(start, size, path);
      const dataStart = LENGTH_BYTES + length;
      const header = parseHeader(await readAt(handle, LENGTH_BYTES, length, path), size - dataStart, path);
      return new SafetensorsFile(path, handle, header, dataStart);
    } catch (error) {
      await handle?.close();
      throw error instanceof CheckpointError ? error : fault('read', path, error);
    }
  }

  /** Types and shapes by name, in the order of the data. */
  get entries(): ReadonlyMap<string, TensorEntry> {
    return this.#header.entries;
  }

  get metadata(): Readonly<Record<string, string>> {
    return this.#header.metadata;
  }

  /** @throws CheckpointError `checkpoint/missing-key`, `checkpoint/truncated`, `checkpoint/read-failed` */
  async read(name: string): Promise<StoredTensor> {
    const entry = this.entries.get(name);
    if (!entry) throw new CheckpointError('checkpoint/missing-key', `${this.path} has no tensor "${name}".`);
    const { dtype, shape, begin, end } = entry;
    const bytes = await readAt(this.#handle, this.#dataStart + begin, end - begin, this.path);
    return { dtype, shape: [...shape], data: decodeElements(dtype, bytes) };
  }

  async close(): Promise<void> {
    await this.#handle.close();
  }
}

async function readAt(
  handle: FileHandle,
  position: number,
  length: number,
  path: string,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(length);
  for (let done = 0; done < length;) {
    let bytesRead: number;
    try {
      ({ bytesRead } = await handle.read(bytes, done, length - done, position + done));
    } catch (error) {
      throw fault('read', path, error);
    }
    if (bytesRead === 0) {
      throw new CheckpointError(
        'checkpoint/truncated',
        `${path} ends at byte ${position + done}, before its tensors do.`,
      );
    }
    done += bytesRead;
  }
  return bytes;
}

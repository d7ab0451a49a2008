import { constants } from 'node:fs';
import { open, readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CheckpointError } from '@polytag/core';
import { readFault } from '../files/fault.js';

/** A file, or bytes in memory, that can be read in parts. */
export interface ByteSource {
  /** Name in errors, e.g. the path. */
  readonly name: string;
  /** Bytes in all. */
  readonly size: number;
  /**
   * Reads exactly `length` bytes into a new buffer.
   *
   * @throws CheckpointError `checkpoint/truncated` if there are fewer, before anything is allocated
   */
  read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>>;
  close(): Promise<void>;
}

/** @throws CheckpointError `checkpoint/not-found`, `checkpoint/read-failed` */
export async function openFile(path: string): Promise<ByteSource> {
  let handle: FileHandle | undefined;
  try {
    // A pipe is opened without waiting for a writer, and then refused. Windows has no such flag.
    handle = await open(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
    const found = await handle.stat();
    if (found.isDirectory()) throw await isFolder(path);
    if (!found.isFile()) throw new Error('it is not a file');
    return new FileBytes(path, handle, found.size);
  } catch (error) {
    await handle?.close();
    throw error instanceof CheckpointError ? error : readFault(path, error);
  }
}

/** Weights in a folder: a model folder's, a run's, or files of weights as others name them. */
const WEIGHTS = /^model\.safetensors$|\.(?:safetensors|pth|pt|bin|npz)$/;

/** A folder in the place of a file of weights: which file of it is meant. */
async function isFolder(path: string): Promise<CheckpointError> {
  const names = await readdir(path).catch((): string[] => []);
  const [found = names.includes('best') ? 'best/model.safetensors' : undefined] = names
    .filter((name) => WEIGHTS.test(name))
    .sort(
      (a, b) => Number(b === 'model.safetensors') - Number(a === 'model.safetensors') || (a < b ? -1 : 1),
    );
  return new CheckpointError('checkpoint/read-failed', `${path} is a folder, not a file of weights.`, {
    hint: found === undefined ? 'Name the file of weights.' : `Name the file in it: ${join(path, found)}`,
  });
}

/** @param name what errors call the bytes */
export function bytesInMemory(bytes: Uint8Array, name: string): ByteSource {
  return {
    name,
    size: bytes.length,
    read: async (position, length) => {
      requireInside(position, length, bytes.length, name);
      return bytes.slice(position, position + length);
    },
    close: async () => {},
  };
}

/** Reads up to this length are served from a block: most tensors of a network are short vectors, one after the other. */
const SHORT = 16 * 2 ** 10;
const BLOCK = 64 * 2 ** 10;

/** It holds the file open, so it sees one version of it even when another is renamed over. */
class FileBytes implements ByteSource {
  #block?: { readonly start: number; readonly end: number; readonly bytes: Promise<Uint8Array<ArrayBuffer>> };

  constructor(
    readonly name: string,
    private readonly handle: FileHandle,
    readonly size: number,
  ) {}

  async read(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    requireInside(position, length, this.size, this.name);
    if (length > SHORT) return this.#readFromFile(position, length);
    let block = this.#block;
    if (!block || position < block.start || position + length > block.end) {
      const end = Math.min(position + BLOCK, this.size);
      block = { start: position, end, bytes: this.#readFromFile(position, end - position) };
      this.#block = block;
    }
    const from = position - block.start;
    return (await block.bytes).slice(from, from + length);
  }

  close(): Promise<void> {
    return this.handle.close();
  }

  async #readFromFile(position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      let bytesRead: number;
      try {
        ({ bytesRead } = await this.handle.read(bytes, done, length - done, position + done));
      } catch (error) {
        throw readFault(this.name, error);
      }
      // The file was cut after it was opened.
      if (bytesRead === 0) throw ends(this.name, position + done);
      done += bytesRead;
    }
    return bytes;
  }
}

function requireInside(position: number, length: number, size: number, name: string): void {
  if (!(position >= 0 && length >= 0 && position + length <= size)) throw ends(name, size);
}

function ends(name: string, position: number): CheckpointError {
  return new CheckpointError(
    'checkpoint/truncated',
    `${name} ends at byte ${position}, in the middle of its content.`,
    {
      hint: 'The file is damaged, or its download is incomplete.',
    },
  );
}

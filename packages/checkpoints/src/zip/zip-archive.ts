import { promisify } from 'node:util';
import { constants, crc32, inflateRaw } from 'node:zlib';
import { CheckpointError } from '@polytag/core';
import yauzl, { type Entry, type ZipFile } from 'yauzl';
import type { ByteSource } from '../bytes/byte-source.js';

/** An archive with more members than this is refused; a checkpoint has one a tensor. */
const MAX_MEMBERS = 200_000;

/** Deflate cannot make more than this of one byte. */
const MAX_EXPANSION = 1032;

/** Compressed bytes read to see the start of a member. */
const START_BYTES = 4096;

const inflate = promisify(inflateRaw);

/** A file inside an archive. */
export interface ZipMember {
  readonly name: string;
  /** Bytes of its content. */
  readonly size: number;
  /** Stored as it is: any part of it can be read alone. */
  readonly stored: boolean;
}

/**
 * The list of a zip archive's members; contents are read when they are asked for. yauzl reads the directories,
 * zip64 included.
 */
export class ZipArchive {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #starts = new Map<string, number>();

  private constructor(
    private readonly source: ByteSource,
    private readonly zip: ZipFile,
    entries: ReadonlyMap<string, Entry>,
    readonly members: ReadonlyMap<string, ZipMember>,
  ) {
    this.#entries = entries;
  }

  /** @throws CheckpointError `checkpoint/zip`, `checkpoint/truncated`, `checkpoint/read-failed` */
  static async in(source: ByteSource): Promise<ZipArchive> {
    try {
      const zip = await yauzl.fromRandomAccessReaderPromise(new Reader(source), source.size, {
        autoClose: false,
        strictFileNames: true,
      });
      if (zip.entryCount > MAX_MEMBERS) throw new Error(`it has ${zip.entryCount} members`);
      const entries = new Map<string, Entry>();
      for await (const entry of zip.eachEntry()) {
        if (entries.has(entry.fileName)) throw new Error(`two members are named "${entry.fileName}"`);
        if (!entry.canDecodeFileData())
          throw new Error(`"${entry.fileName}" is encrypted, or not compressed with deflate`);
        if (
          entry.compressedSize > source.size ||
          entry.uncompressedSize > (entry.compressedSize + 1) * MAX_EXPANSION
        ) {
          throw new Error(`"${entry.fileName}" has a declared size of ${entry.uncompressedSize} bytes`);
        }
        entries.set(entry.fileName, entry);
      }
      const members = [...entries].map(([name, entry]): [string, ZipMember] => [
        name,
        { name, size: entry.uncompressedSize, stored: !entry.isCompressed() },
      ]);
      return new ZipArchive(source, zip, entries, new Map(members));
    } catch (error) {
      throw refusal(source.name, error);
    }
  }

  /** Part of a stored member. */
  async readPart(name: string, begin: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(name)!;
    if (!(begin >= 0 && length >= 0 && begin + length <= entry.uncompressedSize)) {
      throw refusal(this.source.name, new Error(`"${name}" is truncated`));
    }
    return this.source.read((await this.#start(name, entry)) + begin, length);
  }

  /** The whole of a member, verified by its checksum. */
  async readWhole(name: string): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(name)!;
    const raw = await this.source.read(await this.#start(name, entry), entry.compressedSize);
    let content = raw;
    try {
      if (entry.isCompressed()) {
        const inflated = await inflate(raw, { maxOutputLength: Math.max(entry.uncompressedSize, 1) });
        content = new Uint8Array(inflated.buffer as ArrayBuffer, inflated.byteOffset, inflated.length);
      }
      if (content.length !== entry.uncompressedSize || crc32(content) !== entry.crc32) {
        throw new Error(`"${name}" has a wrong checksum`);
      }
    } catch (error) {
      throw refusal(this.source.name, error);
    }
    return content;
  }

  /** At least the first `length` bytes of a member, or all of it. */
  async readStart(name: string, length: number): Promise<Uint8Array<ArrayBuffer>> {
    const entry = this.#entries.get(name)!;
    if (!entry.isCompressed()) return this.readPart(name, 0, Math.min(length, entry.uncompressedSize));
    const start = await this.#start(name, entry);
    const packed = Math.min(START_BYTES, entry.compressedSize);
    try {
      const inflated = await inflate(await this.source.read(start, packed), {
        finishFlush: constants.Z_SYNC_FLUSH,
        maxOutputLength: START_BYTES * MAX_EXPANSION,
      });
      if (inflated.length >= Math.min(length, entry.uncompressedSize)) return new Uint8Array(inflated);
    } catch (error) {
      throw refusal(this.source.name, error);
    }
    return this.readWhole(name);
  }

  close(): Promise<void> {
    this.zip.close();
    return this.source.close();
  }

  /** Position of a member's bytes in the file. */
  async #start(name: string, entry: Entry): Promise<number> {
    let start = this.#starts.get(name);
    if (start === undefined) {
      try {
        start = (await this.zip.readLocalFileHeaderPromise(entry, { minimal: true })).fileDataStart;
      } catch (error) {
        throw refusal(this.source.name, error);
      }
      this.#starts.set(name, start);
    }
    return start;
  }
}

/** How yauzl reads our sources. */
class Reader extends yauzl.RandomAccessReader {
  constructor(private readonly source: ByteSource) {
    super();
  }

  override read(
    buffer: Buffer,
    offset: number,
    length: number,
    position: number,
    callback: (error: Error | null, bytesRead: number) => void,
  ): void {
    this.source.read(position, length).then(
      (bytes) => {
        buffer.set(bytes, offset);
        callback(null, length);
      },
      (error: Error) => callback(error, 0),
    );
  }

  override _readStreamForRange(): never {
    throw new Error('members are read by position');
  }
}

function refusal(source: string, cause: unknown): CheckpointError {
  if (cause instanceof CheckpointError) return cause;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new CheckpointError('checkpoint/zip', `${source} is not a valid zip archive: ${why}.`, {
    hint: 'The file is damaged, or its download is incomplete.',
    cause,
  });
}

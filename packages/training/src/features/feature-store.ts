import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { SafetensorsFile } from '@polytag/checkpoints';
import { CheckpointError, FileError } from '@polytag/core';
import { fileErrorFrom } from '@polytag/files';
import { meanOfCells } from './feature-maps.js';
import { isWhole, shardsIn, writeShard } from './feature-shard.js';

/** A shard is written when it has this much … */
const SHARD_BYTES = 64 * 2 ** 20;
/** … or so long after the one before: what a killed process loses. */
const SHARD_SECONDS = 60;

export interface FeatureStoreOptions {
  /** Of the maps of one backbone, one preprocessing. It need not exist. */
  readonly folder: string;
  /** [h, w, C] */
  readonly shape: readonly [number, number, number];
  /** Of each map the mean over its cells, [1, 1, C], is read, and held in memory. The folder has whole maps in any case. */
  readonly means: boolean;
  /** What memory holds; others are read from the disk when they are asked for. */
  readonly memoryBytes: number;
}

/** Feature maps by key: in memory as far as it reaches, the others in the shards of a folder. */
export class FeatureStore {
  readonly #options: FeatureStoreOptions;
  readonly #inMemory = new Map<string, Float32Array>();
  readonly #onDisk = new Map<string, SafetensorsFile>();
  readonly #files: SafetensorsFile[] = [];
  readonly #pending = new Map<string, Float32Array>();
  #lastFlush = performance.now();
  #damaged = 0;

  constructor(options: FeatureStoreOptions) {
    this.#options = options;
  }

  /** Bytes of one map on the disk. */
  get mapBytes(): number {
    return 4 * this.#options.shape.reduce((product, extent) => product * extent, 1);
  }

  /** Shards that were not as they had been written, and were removed. */
  get damaged(): number {
    return this.#damaged;
  }

  has(key: string): boolean {
    return this.#inMemory.has(key) || this.#onDisk.has(key) || this.#pending.has(key);
  }

  /** Finds wanted maps in the folder. Shards that hold some are checked; damaged ones are removed. */
  async find(wanted: ReadonlySet<string>): Promise<void> {
    const { folder } = this.#options;
    for (const name of await shardsIn(folder)) {
      const path = join(folder, name);
      const file = await openShard(path);
      const keys = file ? [...file.entries.keys()].filter((key) => wanted.has(key) && !this.has(key)) : [];
      if (file && keys.length === 0) {
        await file.close();
        continue;
      }
      if (file && (await isWhole(folder, name))) {
        await this.#take(file, keys);
        continue;
      }
      await file?.close();
      await rm(path, { force: true });
      this.#damaged++;
    }
  }

  /** Adds a map; it is on the disk after the next `flush`, which happens now and then by itself. */
  async add(key: string, map: Float32Array): Promise<void> {
    if (this.has(key)) return;
    this.#pending.set(key, map);
    const full = this.#pending.size * this.mapBytes >= SHARD_BYTES;
    if (full || performance.now() - this.#lastFlush > SHARD_SECONDS * 1000) await this.flush();
  }

  /** @throws FileError `file/…` */
  async flush(): Promise<void> {
    const { folder, shape } = this.#options;
    const maps = new Map(this.#pending);
    if (maps.size > 0) {
      const name = await writeShard(
        folder,
        new Map([...maps].map(([key, data]) => [key, { shape, data }])),
      ).catch((error: unknown) => {
        throw diskFull(error, folder) ?? error;
      });
      this.#pending.clear();
      const rest = [...maps].filter(([key, data]) => !this.#keep(key, data));
      if (rest.length > 0) {
        const file = await SafetensorsFile.open(join(folder, name));
        this.#files.push(file);
        for (const [key] of rest) this.#onDisk.set(key, file);
      }
    }
    this.#lastFlush = performance.now();
  }

  /** Copies a map, or its mean, to a place in an array. It must be there (`has`). */
  async read(key: string, into: Float32Array, offset: number): Promise<void> {
    const held = this.#inMemory.get(key);
    const whole = () => this.#pending.get(key) ?? dataOf(this.#onDisk.get(key)!, key);
    into.set(held ?? this.#readable(await whole()), offset);
  }

  async close(): Promise<void> {
    await Promise.all(this.#files.splice(0).map((file) => file.close()));
    this.#onDisk.clear();
    this.#inMemory.clear();
  }

  async #take(file: SafetensorsFile, keys: readonly string[]): Promise<void> {
    let open = false;
    for (const key of keys) {
      if (this.#hasRoom && this.#keep(key, await dataOf(file, key))) continue;
      this.#onDisk.set(key, file);
      open = true;
    }
    if (open) this.#files.push(file);
    else await file.close();
  }

  get #hasRoom(): boolean {
    const { means, shape, memoryBytes } = this.#options;
    const bytes = means ? 4 * shape[2] : this.mapBytes;
    return (this.#inMemory.size + 1) * bytes <= memoryBytes;
  }

  #keep(key: string, map: Float32Array): boolean {
    const room = this.#hasRoom;
    if (room) this.#inMemory.set(key, this.#readable(map));
    return room;
  }

  #readable(map: Float32Array): Float32Array {
    const { means, shape } = this.#options;
    return means ? meanOfCells(map, shape[2]) : map;
  }
}

async function dataOf(file: SafetensorsFile, key: string): Promise<Float32Array> {
  return (await file.read(key)).data as Float32Array;
}

/** Undefined when its header cannot be read: the shard is damaged. */
async function openShard(path: string): Promise<SafetensorsFile | undefined> {
  try {
    return await SafetensorsFile.open(path);
  } catch (error) {
    if (error instanceof CheckpointError && error.code !== 'checkpoint/read-failed') return undefined;
    throw error;
  }
}

function diskFull(error: unknown, folder: string): FileError | undefined {
  const code = fileErrorFrom(error)?.code;
  if (code !== 'file/ENOSPC' && code !== 'file/EDQUOT') return undefined;
  return new FileError(code, `The disk of ${folder} is full: no room for more features.`, {
    hint: "Free some disk space, or choose another folder: --set 'training.features={cache: FOLDER}'. Features computed so far are kept.",
    cause: error,
  });
}

import { createHash, type Hash } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { DataError, isRecord, printable } from '@polytag/core';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import type { PlacedImage } from './image-list.js';
import type { Shard } from './shard.js';

/** What the file of a finished shard is, beside it as `FILE.shard.json`: `merge` goes by it. */
export interface ShardRecord {
  readonly shard: Shard;
  /** Photographs of the whole list, and a hash of their paths in order. */
  readonly images: number;
  readonly list: string;
  /** Positions in the whole list, from 0, of those of this shard that could not be used. */
  readonly failed: readonly number[];
  /** Hash of all that scores depend on: the model with its weights, labels and thresholds, and what computes. */
  readonly model: string;
  /** Format and choice of labels, as one text. */
  readonly options: string;
}

export const shardRecordPath = (file: string): string => `${file}.shard.json`;

export async function writeShardRecord(file: string, record: ShardRecord): Promise<void> {
  await writeFileAtomically(
    shardRecordPath(file),
    `${JSON.stringify({ polytag_shard: 1, ...record }, null, 2)}\n`,
  );
}

/** Until its new one is whole, a file has no record. */
export const removeShardRecord = (file: string): Promise<void> => rm(shardRecordPath(file), { force: true });

/** @throws DataError `data/no-shard` */
export async function readShardRecord(file: string): Promise<ShardRecord> {
  const path = shardRecordPath(file);
  const refuse = (why: string, cause?: unknown) =>
    new DataError(
      'data/no-shard',
      `${printable(file, 400)} is not a finished shard: ${printable(path, 400)} ${why}.`,
      {
        hint: 'Run predict --shard i/n --out FILE --resume to the end, and keep the two files together.',
        cause,
      },
    );
  let text: string;
  try {
    text = await readTextFile(path, { what: 'record', maxBytes: 256e6 });
  } catch (error) {
    throw error instanceof DataError && error.code === 'data/file-missing'
      ? refuse('was not found', error)
      : error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw refuse('is not valid JSON', error);
  }
  if (!isShardRecord(value)) throw refuse('was not written by predict');
  return value;
}

function isShardRecord(value: unknown): value is ShardRecord {
  if (!isRecord(value) || value.polytag_shard !== 1 || !isRecord(value.shard)) return false;
  const { shard, images, list, failed, model, options } = value;
  const { index, count } = shard as { index: unknown; count: unknown };
  const whole = (number: unknown, least: number): number is number =>
    Number.isSafeInteger(number) && (number as number) >= least;
  return (
    whole(count, 1) &&
    whole(index, 1) &&
    index <= count &&
    whole(images, 0) &&
    [list, model, options].every((text) => typeof text === 'string') &&
    Array.isArray(failed) &&
    failed.every((position) => whole(position, 0) && position < images && position % count === index - 1)
  );
}

/** Counts a list and hashes its paths while it goes by. */
export class ListDigest {
  readonly #hash: Hash = createHash('sha256');
  #images = 0;

  async *through<Item extends PlacedImage>(images: AsyncIterable<Item>): AsyncGenerator<Item> {
    for await (const image of images) {
      this.#images++;
      this.#hash.update(`${image.path.length}:${image.path}`);
      yield image;
    }
  }

  /** Once, at the end. */
  result(): Pick<ShardRecord, 'images' | 'list'> {
    return { images: this.#images, list: this.#hash.digest('hex') };
  }
}

import { join } from 'node:path';
import { CheckpointError } from '@polytag/core';
import { writeFileAtomically } from '@polytag/files';
import * as z from 'zod';
import { readRunFile } from './read-run-file.js';

/** One step of a range test. */
export interface RangePoint {
  readonly learningRate: number;
  readonly loss: number;
  readonly smoothed: number;
}

/** A finished trial of a learning rate. */
export interface Trial {
  /** From 1; names the trial's run folder. */
  readonly number: number;
  readonly learningRate: number;
  /**
   * `pruned`: ended early because its scores were below the median. `diverged`: loss or weights became NaN or infinite.
   */
  readonly state: 'complete' | 'pruned' | 'diverged';
  /** mAP over the labels that occur in the validation set, one per epoch. */
  readonly scores: readonly number[];
}

/** The file `search.json` of a search: its progress and result. */
export interface SearchRecord {
  readonly version: 1;
  /** What the search depends on: settings, seed, data. */
  readonly identity: Readonly<Record<string, unknown>>;
  readonly trials: readonly Trial[];
  /** Points of a range test. */
  readonly points?: readonly RangePoint[];
  /** The resulting learning rate, once the search is finished. */
  readonly learningRate?: number;
}

const fileOf = (folder: string) => join(folder, 'search.json');

/**
 * Reads the progress of a search; undefined if there is none.
 *
 * @throws CheckpointError `checkpoint/version` if the file has another version
 */
export async function readSearch(folder: string): Promise<SearchRecord | undefined> {
  const text = await readRunFile(fileOf(folder), 'record of a search');
  if (text === undefined) return undefined;
  try {
    return recordSchema.parse(JSON.parse(text)) as SearchRecord;
  } catch (cause) {
    throw new CheckpointError(
      'checkpoint/version',
      `${fileOf(folder)} was written by another version of Polytag, or is damaged.`,
      { hint: 'Search again in another folder, or remove the file.', cause },
    );
  }
}

const rate = z.number().positive();

const recordSchema = z.object({
  version: z.literal(1),
  identity: z.record(z.string(), z.unknown()),
  trials: z.array(
    z.object({
      number: z.int().positive(),
      learningRate: rate,
      state: z.enum(['complete', 'pruned', 'diverged']),
      scores: z.array(z.number()),
    }),
  ),
  // JSON has no NaN and no infinity: a loss that was one is null.
  points: z
    .array(z.object({ learningRate: rate, loss: z.number().nullable(), smoothed: z.number().nullable() }))
    .optional(),
  learningRate: rate.optional(),
});

/** Written aside and renamed: a search that dies leaves the old file or the new one. */
export async function writeSearch(folder: string, record: SearchRecord): Promise<void> {
  await writeFileAtomically(fileOf(folder), `${JSON.stringify(record, null, 2)}\n`);
}

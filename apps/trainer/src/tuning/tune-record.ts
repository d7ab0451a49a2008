import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, printable } from '@polytag/core';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import type { Settings } from '@polytag/training';
import * as z from 'zod';

/** Settings that were trained. */
export interface TunedTrial {
  /** From 1; names the trial's run folder. The first is the config as it is. */
  readonly number: number;
  readonly settings: Settings;
  /** `pruned`: ended early, as its scores were below the median. `diverged`: loss or weights became NaN or infinite. */
  readonly state: 'complete' | 'pruned' | 'diverged';
  /** Best mAP over the labels that a validation image has; null where there is none. */
  readonly score: number | null;
  /** mAP after each epoch. */
  readonly scores: readonly number[];
  readonly seconds: number;
}

/** `tune.json`: what a search has tried. */
export interface TuneRecord {
  readonly version: 1;
  readonly trials: readonly TunedTrial[];
  /** The trial after them, as far as it came: what it took counts, though it was stopped or killed. */
  readonly unfinished?: { readonly number: number; readonly seconds: number };
}

const recordSchema = z.object({
  version: z.literal(1),
  trials: z.array(
    z.object({
      number: z.int().positive(),
      settings: z.record(z.string(), z.union([z.string(), z.number()])),
      state: z.enum(['complete', 'pruned', 'diverged']),
      score: z.number().nullable(),
      scores: z.array(z.number()),
      seconds: z.number().min(0),
    }),
  ),
  unfinished: z.object({ number: z.int().positive(), seconds: z.number().min(0) }).optional(),
});

export const recordFile = (folder: string): string => join(folder, 'tune.json');

/** @throws CheckpointError `checkpoint/version` when the file is not one of this version */
export async function readTuneRecord(folder: string): Promise<TuneRecord | undefined> {
  const file = recordFile(folder);
  if (!existsSync(file)) return undefined;
  const text = await readTextFile(file, { what: 'record of a search', maxBytes: 2 ** 26 });
  try {
    return recordSchema.parse(JSON.parse(text));
  } catch (cause) {
    throw new CheckpointError(
      'checkpoint/version',
      `${printable(file, 400)} was written by another version of Polytag, or is damaged.`,
      { hint: 'Search again in another folder, or remove the file.', cause },
    );
  }
}

export async function writeTuneRecord(folder: string, record: TuneRecord): Promise<void> {
  await writeFileAtomically(recordFile(folder), `${JSON.stringify(record, null, 2)}\n`);
}

/** How a trial counts: one that diverged is worse than all. */
export const scoreOf = ({ state, score }: TunedTrial): number =>
  state === 'diverged' || score === null ? -Infinity : score;

/** The best of the trials that ran to their end. */
export function bestTrial(trials: readonly TunedTrial[]): TunedTrial | undefined {
  const complete = trials.filter(({ state }) => state === 'complete');
  return complete.length === 0
    ? undefined
    : complete.reduce((best, one) => (scoreOf(one) > scoreOf(best) ? one : best));
}

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { CheckpointError, printable, UsageError } from '@polytag/core';
import { readTextFile, writeFileAtomically } from '@polytag/files';
import type { RunConfig } from '../config/run-config.js';
import type { Grid, Space } from './settings.js';

/** `sweep.json`: what a folder sweeps. The same command goes on with it; another is refused. */
export interface SweepRecord {
  readonly version: 1;
  /** The config that trials change. */
  readonly config: RunConfig;
  readonly grid?: Grid;
  readonly space?: Space;
  readonly trials: number;
  /** Whether hopeless trials are ended early. */
  readonly prune: boolean;
  /** Trials that know nothing of each other: a later one is compared with those of earlier rounds. */
  readonly round: number;
}

const fileIn = (folder: string): string => join(folder, 'sweep.json');

/** Keys of a config that change no score. */
const sameEverywhere = ({ config, ...rest }: SweepRecord): string =>
  JSON.stringify({
    ...rest,
    config: { ...config, data: { ...config.data, root: '', workers: 0, prefetchBatches: 0 }, log: undefined },
  });

/** @throws CheckpointError `checkpoint/version` */
export async function readSweepRecord(folder: string): Promise<SweepRecord | undefined> {
  const file = fileIn(folder);
  if (!existsSync(file)) return undefined;
  const text = await readTextFile(file, { what: 'record of a sweep', maxBytes: 2 ** 26 });
  try {
    const record = JSON.parse(text) as SweepRecord;
    if (record.version === 1) return record;
  } catch {
    // Told below.
  }
  throw new CheckpointError(
    'checkpoint/version',
    `${printable(file, 400)} is not a sweep of this version of Polytag, or is damaged.`,
    { hint: 'Choose another folder with --out.' },
  );
}

/**
 * Keeps what a folder sweeps.
 *
 * @throws UsageError `usage/resume-differs` where it sweeps something else already
 */
export async function keepRecord(folder: string, record: SweepRecord): Promise<void> {
  const text = `${JSON.stringify(record, null, 2)}\n`;
  const file = fileIn(folder);
  // Of two commands that begin at once, one is first.
  if (!existsSync(file))
    await writeFileAtomically(file, text, { onlyNew: true }).catch((error: unknown) => {
      if (!existsSync(file)) throw error;
    });
  const before = await readSweepRecord(folder);
  if (
    before &&
    sameEverywhere(before) !== sameEverywhere(JSON.parse(JSON.stringify(record)) as SweepRecord)
  ) {
    throw new UsageError(
      'usage/resume-differs',
      `${printable(folder, 400)} contains a sweep with another config, grid, number of trials or --no-prune.`,
      { hint: 'Use the same settings to continue it, or choose another folder with --out.' },
    );
  }
}

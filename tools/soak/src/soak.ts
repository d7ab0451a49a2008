import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { PolytagError, RandomStream } from '@polytag/core';
import { differingFiles, overallDigest, runDigests } from './run-digests.js';
import { writeSmallRun, type SmallRunOptions } from './small-run.js';
import { live } from './trainer.js';

export interface SoakOptions {
  /** Working folder; it must exist. */
  readonly folder: string;
  readonly kills: number;
  /** Of the moments. */
  readonly seed: number;
  /** What the small run has besides. */
  readonly run?: SmallRunOptions;
  readonly report?: (progress: SoakResult) => void;
}

export interface SoakResult {
  readonly kills: number;
  /** Kills before the run had its first checkpoint: it was started anew. */
  readonly beforeCheckpoint: number;
  /** Runs that were killed at least once and brought to their end. */
  readonly runs: number;
  /** What every run ended with. */
  readonly hash: string;
}

/** A run that was killed could not go on, or ended with other numbers. */
export class SoakFailure extends PolytagError {
  readonly exitCode = 1;
}

/** Kills during start-up, where locks are taken and checkpoints read, as a share of all. */
const AT_START = 0.25;

/**
 * Trains a small run without interruption, then the same run again and again, killed (SIGKILL) at random moments and
 * resumed, until there have been enough kills; each run must end with the files of the first.
 *
 * @throws SoakFailure `soak/not-resumed` or `soak/differs`, with what the process said
 */
export async function soak({ folder, kills, seed, run, report }: SoakOptions): Promise<SoakResult> {
  const config = await writeSmallRun(folder, run);
  const folds = run?.folds === undefined ? [] : ['--folds', String(run.folds)];
  const train = (out: string) => ['--config', config, '--out', out, ...folds];
  const unbroken = join(folder, 'unbroken');
  const first = await live(train(unbroken));
  if (first.status !== 0) throw failure('soak/not-resumed', 'The unbroken run failed.', first.stderr);
  const expected = await runDigests(unbroken);
  const random = new RandomStream(seed, 'soak/moments');
  const result = { kills: 0, beforeCheckpoint: 0, runs: 0, hash: overallDigest(expected) };

  while (result.kills < kills) {
    const out = join(folder, `killed-${result.runs}`);
    let fresh = false;
    for (let ended = false; !ended;) {
      const resume = hasBegun(out) && !fresh;
      const from = random.uniform() < AT_START ? 'start' : 'step';
      const after = random.uniform() * 1000 * (from === 'start' ? first.seconds / 2 : first.seconds / 4);
      const moment = result.kills < kills ? ({ after, from } as const) : undefined;
      const life = await live([...train(out), ...(resume ? ['--resume'] : [])], moment);
      fresh = false;
      if (life.status === undefined) {
        result.kills++;
        if (!hasBegun(out)) result.beforeCheckpoint++;
      } else if (life.status === 0) ended = true;
      // Killed while it wrote its first checkpoint: nothing was saved, and the trainer says so.
      else if (resume && life.stderr.includes('usage/no-checkpoint')) fresh = true;
      else
        throw failure(
          'soak/not-resumed',
          `After kill ${result.kills} the run in ${out} failed.`,
          life.stderr,
        );
      report?.(result);
    }
    const wrong = differingFiles(expected, await runDigests(out));
    if (wrong.length > 0) {
      throw failure(
        'soak/differs',
        `The run in ${out} ended unlike the unbroken one in ${wrong.join(', ')}.`,
      );
    }
    result.runs++;
    await rm(out, { recursive: true });
  }
  return result;
}

const failure = (code: string, message: string, stderr = '') =>
  new SoakFailure(code, stderr ? `${message}\n${stderr}` : message);

/** Whether a run, or the first of its folds, may have saved something; before that it is started, not resumed. */
const hasBegun = (run: string): boolean =>
  [run, join(run, 'fold-1')].some((folder) =>
    ['metrics.jsonl', 'checkpoints'].some((name) => existsSync(join(folder, name))),
  );

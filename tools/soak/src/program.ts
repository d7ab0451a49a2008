import { Progress, type Streams } from '@polytag/cli';
import { Command, InvalidArgumentError } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SmallRunOptions } from './small-run.js';
import { soak } from './soak.js';

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('It must be a whole number from 1.');
  return value;
}

/** `npm run soak`. */
export function soakProgram({ out, err }: Streams): Command {
  return new Command('soak')
    .description('Kills training runs at random moments; each must end like one that was never stopped.')
    .option('--kills <n>', 'SIGKILLs in all', wholeNumber, 100)
    .option('--seed <n>', 'of the moments', wholeNumber, 1)
    .option('--replicas <n>', 'threads of a run', wholeNumber, 1)
    .option('--augment', 'change and mix images, on two decoding threads')
    .option('--mutual', 'train two models that learn from each other')
    .action(async ({ kills, seed, ...run }: { kills: number; seed: number } & SmallRunOptions) => {
      const folder = await mkdtemp(join(tmpdir(), 'polytag-soak-'));
      const progress = new Progress(err);
      const start = performance.now();
      const { hash, runs, beforeCheckpoint } = await soak({
        ...{ folder, kills, seed, run },
        report: (done) => {
          const perKill = (performance.now() - start) / 1000 / Math.max(done.kills, 1);
          progress.update({
            label: `run ${done.runs + 1}`,
            done: done.kills,
            total: kills,
            rate: `${(60 / perKill).toFixed(0)} kills/min`,
            secondsLeft: perKill * (kills - done.kills),
          });
        },
      });
      out.write(`${kills} kills in ${runs} runs, ${beforeCheckpoint} of them before the first checkpoint.\n`);
      out.write(`Every run ended with the hash of the unbroken one: ${hash}\n`);
      // Of a run that failed everything stays, to be looked at.
      await rm(folder, { recursive: true });
    });
}

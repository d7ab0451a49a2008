import { Progress, wholeNumber, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failWrites, prepareFaults, VERBS } from './faults.js';
import type { SmallRunOptions } from './small-run.js';
import { soak } from './soak.js';

interface SoakArguments extends SmallRunOptions {
  readonly kills: number;
  readonly seed: number;
  readonly faults?: boolean;
  readonly verb?: string;
}

/** Lets the writes of the verbs fail, and writes how many there were. */
async function showFaults({ out, err }: Streams, only?: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-faults-'));
  const progress = new Progress(err);
  const base = join(folder, 'base');
  await prepareFaults(base);
  let all = 0;
  for (const verb of VERBS.filter(({ name }) => only === undefined || name === only)) {
    progress.line(`${verb.name} …`);
    const { writes, tried } = await failWrites(verb, base);
    out.write(`${verb.name}: ${writes} writes, ${tried} failed one by one\n`);
    all += tried;
  }
  out.write(
    `${all} faults: each ended with status 7 and one error, left nothing half-written, and could be run again.\n`,
  );
  // Of a verb that failed everything stays, to be looked at.
  await rm(folder, { recursive: true });
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
    .option('--faults', 'instead of kills: let each write of each verb fail in turn')
    .option('--verb <name>', 'with --faults: this verb alone')
    .action(async ({ kills, seed, faults, verb, ...run }: SoakArguments) => {
      if (faults) return showFaults({ out, err }, verb);
      const folder = await mkdtemp(join(tmpdir(), 'polytag-soak-'));
      const progress = new Progress(err);
      const start = performance.now();
      const { hash, runs, beforeCheckpoint } = await soak({
        folder,
        kills,
        seed,
        run,
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

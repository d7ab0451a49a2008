import { Progress, wholeNumber, type Streams } from '@polytag/cli';
import { Command } from 'commander';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failWrites } from './faults/fail-writes.js';
import { FaultFailure } from './faults/programs.js';
import { formatVerbs, VERBS, type Verb } from './faults/verbs.js';
import { withFaultyPrograms } from './faults/with-faulty-programs.js';
import type { SmallRunOptions } from './small-run.js';
import { killPredict } from './kill-predict.js';
import { soak } from './soak.js';

interface SoakArguments extends SmallRunOptions {
  readonly kills: number;
  readonly seed: number;
  readonly predict?: boolean;
  readonly faults?: boolean;
  readonly verb?: readonly string[];
  readonly everyWrite?: boolean;
}

/** Lets the writes of the verbs fail, and writes how many there were. */
async function showFaults({ out, err }: Streams, { verb: only, everyWrite }: SoakArguments): Promise<void> {
  const progress = new Progress(err);
  const totals = { writes: 0, tried: 0, alone: 0, wrong: 0 };
  await withFaultyPrograms(async (options) => {
    const verbs = [...VERBS, ...(await formatVerbs()).map(({ verb }) => verb)];
    const isWhole = (name: string) => verbs.some((verb) => verb.name === name);
    const isMeant = ({ name }: Verb) =>
      !only || only.some((one) => (isWhole(one) ? name === one : name.startsWith(one)));
    for (const [i, verb] of verbs.entries()) {
      if (!isMeant(verb)) continue;
      progress.line(`${verb.name} …`);
      const { writes, tried, alone, wrong } = await failWrites(verb, {
        ...options,
        which: everyWrite ? 'all' : 'kinds',
        turn: 3 * i,
      }).catch((error: unknown) => {
        if (!(error instanceof FaultFailure)) throw error;
        return { writes: 0, tried: 0, alone: 0, wrong: [error.message] };
      });
      out.write(
        `${verb.name}: ${writes} writes, ${tried} failed one by one (${alone} in a process of their own), ${wrong.length} wrong\n`,
      );
      for (const one of wrong) out.write(`${one}\n`);
      totals.writes += writes;
      totals.tried += tried;
      totals.alone += alone;
      totals.wrong += wrong.length;
    }
  });
  out.write(
    `${totals.writes} writes, ${totals.tried} failed one by one, ${totals.alone} of them in a process of their own: ${totals.wrong} wrong.\n`,
  );
  if (totals.wrong > 0)
    throw new FaultFailure('soak/fault', `After ${totals.wrong} faults something is not as it should be.`);
}

/** Kills and resumes prediction in bulk. */
async function showPredict({ out, err }: Streams, kills: number, seed: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'polytag-soak-'));
  const progress = new Progress(err);
  const report = (done: number) => progress.update({ label: 'killed', done, total: kills });
  const { runs, afterFirstLine } = await killPredict({ folder, kills, seed, report });
  out.write(`${kills} kills of predict in ${runs} runs, ${afterFirstLine} of them after the first line.\n`);
  out.write('Every run ended with the file of the unbroken one, to the byte.\n');
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
    .option('--balanced', 'repeat images of rare labels, and weigh positives by their number')
    .option('--folds <n>', 'cross-validation instead of one run', wholeNumber)
    .option('--predict', 'instead of training: kill and resume polytag-eval predict')
    .option('--faults', 'instead of kills: let each write of each verb fail in turn')
    .option('--verb <names...>', 'with --faults: only verbs of these names, or whose names begin so')
    .option('--every-write', 'with --faults: also writes that only repeat an earlier one, as in each epoch')
    .action(async (given: SoakArguments) => {
      if (given.faults) return showFaults({ out, err }, given);
      if (given.predict) return showPredict({ out, err }, given.kills, given.seed);
      const { kills, seed, replicas, augment, mutual, balanced, folds } = given;
      const run = { replicas, augment, mutual, balanced, folds };
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

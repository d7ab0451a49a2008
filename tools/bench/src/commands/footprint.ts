import { duration, wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { footprints, sameSize } from '../side/footprint.js';
import { MODELS, MODES, PEER_LABELS, type Mode, type ModelName, type Work } from '../side/work.js';
import { Workload } from '../side/workload.js';

interface FootprintOptions {
  readonly model: ModelName;
  readonly mode: Mode;
  readonly size: number;
  readonly batch: number;
  readonly early: number;
  readonly steps: number;
  readonly json?: string;
}

/** Seconds between two lines of progress. */
const EVERY = 10;

export function footprintCommand(streams: Streams): Command {
  return new Command('footprint')
    .description('tensors and heap after many steps against after few: a step must leave nothing behind')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .addOption(new Option('--mode <mode>', 'kind of step').choices(MODES).default(MODES[0]))
    .option('--size <pixels>', 'side of an image', wholeNumber, 64)
    .option('--batch <images>', 'images a step', wholeNumber, 2)
    .option('--early <n>', 'steps before the first look', wholeNumber, 5)
    .option('--steps <n>', 'steps before the second look', wholeNumber, 500)
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ json, early, steps, ...options }: FootprintOptions) => {
      const where = await tellMachine(streams);
      const work: Work = { ...options, steps, labels: PEER_LABELS };
      const workload = await Workload.prepare(work);
      const start = performance.now();
      let said = start;
      const both = await footprints(workload, early, steps, (step) => {
        const now = performance.now();
        if (now - said < EVERY * 1000) return;
        said = now;
        const left = ((now - start) / step / 1000) * (steps - step);
        streams.err.write(`${step}/${steps} steps, about ${duration(left)} left\n`);
      });
      workload.dispose();
      for (const { step, tensors, heapBytes } of both) {
        const megabytes = (heapBytes / 2 ** 20).toFixed(1);
        streams.out.write(`after ${step} steps: ${tensors} tensors, heap ${megabytes} MB\n`);
      }
      streams.out.write(sameSize(both) ? 'equal\n' : 'NOT equal: a step leaves something behind\n');
      await writeResults(json, { footprints: both, equal: sameSize(both), work, machine: where });
    });
}

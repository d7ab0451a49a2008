import { wholeNumber, type Streams } from '@polytag/cli';
import { relaxedSimdRuns } from '@polytag/engine';
import { Argument, Command } from 'commander';
import { measuredLine } from '../comparison/measured-line.js';
import { MODELS, MODES, type Mode, type ModelName } from '../side/work.js';
import { Workload } from '../side/workload.js';

/** Our side of a comparison, as a process of its own: prints one line, as the peer's script does. */
export function sideCommand(streams: Streams): Command {
  return new Command('side')
    .description('time our side alone and print one line')
    .addArgument(new Argument('<model>').choices(MODELS))
    .addArgument(new Argument('<mode>').choices(MODES))
    .argument('<batch>', 'images a step', wholeNumber)
    .argument('<size>', 'side of an image, pixels', wholeNumber)
    .argument('<steps>', 'steps that count', wholeNumber)
    .argument('<labels>', 'outputs', wholeNumber)
    .action(
      async (model: ModelName, mode: Mode, batch: number, size: number, steps: number, labels: number) => {
        const workload = await Workload.prepare({ model, mode, batch, size, steps, labels });
        const ms = await workload.time();
        const build = (await relaxedSimdRuns()) ? 'relaxed' : 'plain';
        const facts = `threads=1 kernels=${build} batch=${batch} size=${size} labels=${labels} heap=${workload.heapMegabytes}MB`;
        streams.out.write(`${measuredLine(`polytag ${model} ${mode} ${facts}`, ms, batch)}\n`);
      },
    );
}

import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { updateTimes } from '../kernels/update-times.js';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { MODELS, type ModelName } from '../side/work.js';

interface UpdatesOptions {
  readonly model: ModelName;
  readonly repeats: number;
  readonly json?: string;
}

export function updatesCommand(streams: Streams): Command {
  return new Command('updates')
    .description('what a step costs beside the network: losses, optimisers, SAM, average, norm, clipping')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .option('--repeats <n>', 'calls of each that count', wholeNumber, 100)
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ model, repeats, json }: UpdatesOptions) => {
      const where = await tellMachine(streams);
      streams.err.write(`losses, and updates of ${model}, each ${repeats} times\n`);
      const result = await updateTimes(model, repeats);
      const rows = Object.entries(result.times).map(
        ([name, ms]) => `  ${name.padEnd(40)} ${ms.toFixed(2).padStart(8)} ms\n`,
      );
      streams.out.write(`${model}: ${result.tensors} tensors, ${result.weights} weights\n${rows.join('')}`);
      await writeResults(json, { ...result, model, machine: where });
    });
}

import { wholeNumber, type Streams } from '@polytag/cli';
import { memoryText } from '@polytag/core';
import { Command, Option } from 'commander';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { measurePaperStep, namesOf, type PaperStep } from '../side/paper-step.js';

interface StepOptions extends PaperStep {
  readonly json?: string;
}

export function stepCommand(streams: Streams): Command {
  return new Command('step')
    .description('time and memory of a training step of any built-in backbone and head, with AAM and SGD')
    .addOption(new Option('--model <name>', 'backbone').choices(namesOf('backbone')).default('tresnet-l'))
    .addOption(new Option('--head <name>', 'head').choices(namesOf('head')).default('ml-decoder'))
    .option('--size <pixels>', 'side of an image', wholeNumber, 448)
    .option('--batch <images>', 'images a step', wholeNumber, 2)
    .option('--labels <n>', 'labels', wholeNumber, 80)
    .option('--steps <n>', 'steps that count', wholeNumber, 1)
    .option('--json <file>', 'also write the results as JSON')
    .action(async ({ json, ...work }: StepOptions) => {
      const where = await tellMachine(streams);
      const { model, head, size, batch, labels } = work;
      streams.err.write(`building ${model} + ${head}, then ${work.steps + 2} steps\n`);
      const result = await measurePaperStep(work);
      streams.out.write(
        [
          `${model} + ${head}, ${labels} labels, ${size} px, batch ${batch}:`,
          `  step ${(result.step / 1000).toFixed(2)} s, ${(result.step / batch).toFixed(0)} ms/image`,
          `  at most ${memoryText(result.peakBytes)} in use beside weights, optimiser and images`,
          `  heap ${memoryText(result.heapBytes)} of at most 4096 MB, the model's weights in it ${memoryText(result.modelBytes)}`,
          '',
        ].join('\n'),
      );
      await writeResults(json, { ...result, work, machine: where });
    });
}

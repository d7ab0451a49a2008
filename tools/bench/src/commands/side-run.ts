import { wholeNumber, type Streams } from '@polytag/cli';
import { Argument, Command } from 'commander';
import { measuredLine } from '../comparison/measured-line.js';
import { timeRun } from '../side/timed-run.js';
import { MODELS, type ModelName } from '../side/work.js';

/** A run on several replicas, as a process of its own: prints one line. */
export function sideRunCommand(streams: Streams): Command {
  return new Command('side-run')
    .description('time a run of fit and print one line')
    .addArgument(new Argument('<model>').choices(MODELS))
    .argument('<replicas>', 'threads that share each batch', wholeNumber)
    .argument('<batch>', 'images a step', wholeNumber)
    .argument('<size>', 'side of an image, pixels', wholeNumber)
    .argument('<steps>', 'steps that count', wholeNumber)
    .argument('<labels>', 'outputs', wholeNumber)
    .argument('[data]', 'label file whose images are decoded meanwhile')
    .action(
      async (
        model: ModelName,
        replicas: number,
        batch: number,
        size: number,
        steps: number,
        labels: number,
        data?: string,
      ) => {
        const work = { model, mode: 'train', batch, size, steps, labels } as const;
        const { msPerStep, heapMegabytes } = await timeRun(work, replicas, data);
        const facts = `replicas=${replicas} batch=${batch} size=${size} labels=${labels} heap=${heapMegabytes}MB`;
        streams.out.write(`${measuredLine(`polytag ${model} fit ${facts}`, msPerStep, batch)}\n`);
      },
    );
}

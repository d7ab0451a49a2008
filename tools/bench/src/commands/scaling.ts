import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { measureOurs } from '../comparison/run-child.js';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { MODELS, type ModelName, type Work } from '../side/work.js';
import { toldTurns } from '../turns.js';
import { wholeNumbers } from './whole-numbers.js';

interface ScalingOptions {
  readonly model: ModelName;
  readonly images: number[];
  readonly labels: number[];
  readonly sizes: number[];
  readonly steps: number;
  readonly json?: string;
}

/** What stays as it is while another figure grows. */
const BASE = { batch: 8, labels: 20, size: 224 };

export function scalingCommand(streams: Streams): Command {
  return new Command('scaling')
    .description('time and memory of a training step over images, labels and resolution')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .option('--images <list>', 'images a step', wholeNumbers, [4, 8, 16, 32])
    .option('--labels <list>', 'labels', wholeNumbers, [20, 100, 500])
    .option('--sizes <list>', 'sides of an image, pixels', wholeNumbers, [128, 224, 320, 448])
    .option('--steps <n>', 'steps that count', wholeNumber, 3)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText(
      'after',
      `\nOne of the three grows, the others stay at ${BASE.batch} images, ${BASE.labels} labels, ${BASE.size} px. Each point is a process of its own,\nsince the heap never shrinks. Heap: the wasm heap, where all tensors are.`,
    )
    .action(async ({ model, images, labels, sizes, steps, json }: ScalingOptions) => {
      const where = await tellMachine(streams);
      const base: Work = { model, mode: 'train', steps, ...BASE };
      const wanted: Work[] = [
        ...images.map((batch) => ({ ...base, batch })),
        ...labels.map((count) => ({ ...base, labels: count })),
        ...sizes.map((size) => ({ ...base, size })),
      ];
      // The base itself is in all three lists.
      const works = [...new Map(wanted.map((work) => [JSON.stringify(work), work])).values()];
      const turns = toldTurns(works.length, streams);
      const row = (...cells: readonly (string | number)[]) =>
        `${cells.map((cell) => String(cell).padStart(9)).join(' ')}\n`;
      streams.out.write(row('images', 'labels', 'pixels', 'ms/step', 'ms/image', 'heap MB'));
      const points = [];
      for (const work of works) {
        const { batch, labels: count, size } = work;
        const name = `${batch} images, ${count} labels, ${size} px`;
        const { msPerImage, heapMegabytes } = await turns.take(name, () => measureOurs(work));
        const msPerStep = msPerImage * batch;
        streams.out.write(
          row(batch, count, size, msPerStep.toFixed(0), msPerImage.toFixed(2), heapMegabytes),
        );
        points.push({ batch, labels: count, size, msPerStep, msPerImage, heapMegabytes });
      }
      await writeResults(json, { points, model, machine: where });
    });
}

import { availableParallelism } from 'node:os';
import { wholeNumber, type Streams } from '@polytag/cli';
import { writeScenes } from '@polytag/datasets/scenes';
import { Command, Option } from 'commander';
import { withFolderAside } from '../folder-aside.js';
import { measureRun } from '../comparison/run-child.js';
import { tellMachine } from '../machine.js';
import { median } from '../median.js';
import { writeResults } from '../results-file.js';
import { MODELS, PEER_LABELS, WARM_UP, type ModelName, type Work } from '../side/work.js';
import { toldTurns } from '../turns.js';
import { wholeNumbers } from './whole-numbers.js';

interface ReplicaScalingOptions {
  readonly model: ModelName;
  readonly batch: number;
  readonly size: number;
  readonly replicas: number[];
  readonly decode?: boolean;
  readonly steps: number;
  readonly rounds: number;
  readonly json?: string;
}

/** Drawn aside, twice as wide and high as what the network takes at 224; more images of a run repeat them. */
const SCENES = { most: 128, validation: 1, size: 448 };

/** 1, 2, 4 … up to the cores, and those. */
function countsUpTo(cores: number): number[] {
  const powers = Array.from({ length: Math.ceil(Math.log2(cores)) }, (_, i) => 2 ** i);
  return [...powers, cores];
}

export function replicaScalingCommand(streams: Streams): Command {
  return new Command('replicas')
    .description('speed of a run over the threads that share each batch')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .option('--batch <n>', 'images a step', wholeNumber, 32)
    .option('--size <pixels>', 'side of an image', wholeNumber, 224)
    .option('--replicas <list>', 'counts of threads', wholeNumbers, countsUpTo(availableParallelism()))
    .option('--decode', 'decode photographs meanwhile: built-in scenes of 448 px; default: one random batch')
    .option('--steps <n>', 'steps that count', wholeNumber, 6)
    .option('--rounds <n>', 'turns of each count', wholeNumber, 3)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText(
      'after',
      '\nA step is all of what `fit` does from batch to batch: gradients of all replicas, their sum, Adam. The counts run in turn,\neach a process of its own; figures are medians over the rounds, and the speed-up is against the first count of its round.',
    )
    .action(async (options: ReplicaScalingOptions) => {
      const { model, batch, size, replicas, steps, rounds } = options;
      const where = await tellMachine(streams);
      const work: Work = { model, mode: 'train', batch, size, steps, labels: PEER_LABELS };
      await withFolderAside(async (folder) => {
        const { most, ...scenes } = SCENES;
        const train = Math.min(most, (WARM_UP + steps) * batch);
        const data = options.decode ? (await writeScenes({ folder, ...scenes, train })).train : undefined;
        const turns = toldTurns(rounds * replicas.length, streams);
        const measured = replicas.map(() => [] as { ms: number; heapMegabytes: number }[]);
        for (let round = 1; round <= rounds; round++) {
          for (const [i, count] of replicas.entries()) {
            const name = `round ${round}: ${count} replicas`;
            const { msPerImage, heapMegabytes } = await turns.take(name, () => measureRun(work, count, data));
            measured[i].push({ ms: msPerImage * batch, heapMegabytes });
          }
        }
        const points = replicas.map((count, i) => {
          const speedUps = measured[i].map(({ ms }, round) => measured[0][round].ms / ms);
          const msPerStep = median(measured[i].map(({ ms }) => ms));
          return {
            replicas: count,
            msPerStep,
            imagesPerSecond: (1000 * batch) / msPerStep,
            speedUp: median(speedUps),
            speedUpRange: [Math.min(...speedUps), Math.max(...speedUps)],
            heapMegabytes: median(measured[i].map(({ heapMegabytes }) => heapMegabytes)),
          };
        });
        const row = (...cells: readonly (string | number)[]) =>
          `${cells.map((cell) => String(cell).padStart(9)).join(' ')}\n`;
        const what = options.decode ? 'decoding included' : 'without decoding';
        streams.out.write(`${model}, ${size} px, ${batch} images a step, ${what}\n`);
        streams.out.write(row('replicas', 'ms/step', 'images/s', 'speed-up', 'range', 'heap MB'));
        for (const point of points) {
          const [least, most] = point.speedUpRange.map((ratio) => ratio.toFixed(2));
          streams.out.write(
            row(
              ...[point.replicas, point.msPerStep.toFixed(0), point.imagesPerSecond.toFixed(1)],
              ...[point.speedUp.toFixed(2), `${least}-${most}`, point.heapMegabytes],
            ),
          );
        }
        await writeResults(options.json, { points, work, decode: Boolean(options.decode), machine: where });
      });
    });
}

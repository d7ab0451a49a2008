import { wholeNumber, type Streams } from '@polytag/cli';
import { Command, Option } from 'commander';
import { peerScript } from '../comparison/peer.js';
import { withFolderAside } from '../folder-aside.js';
import { tellMachine } from '../machine.js';
import { median } from '../median.js';
import { onnxSides } from '../onnx/onnx-sides.js';
import { writeResults } from '../results-file.js';
import { MODELS, PEER_LABELS, type ModelName, type Work } from '../side/work.js';
import { toldTurns } from '../turns.js';
import { wholeNumbers } from './whole-numbers.js';

interface OnnxBenchOptions {
  readonly model: ModelName;
  readonly size: number;
  readonly batch: number;
  readonly threads: readonly number[];
  readonly peer?: string;
  readonly python: string;
  readonly rounds: number;
  readonly steps: number;
  readonly json?: string;
}

const NOTES = `
All sides run inference of the same network on random normalised images, one after the other and never together, each
turn a new process. The network is exported once; PyTorch's is traced, its batch norms in the weights, channels last.
Ours is the wasm engine on one thread. A side that is not installed is named, and the others are measured.

  ratio = theirs / ours, median of the rounds; above 1, ours is faster.`;

export function onnxCommand(streams: Streams): Command {
  return new Command('onnx')
    .description('images a second of onnxruntime beside the wasm engine and PyTorch, in turn')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .option('--size <pixels>', 'side of an image', wholeNumber, 224)
    .option('--batch <images>', 'images a step', wholeNumber, 16)
    .option('--threads <list>', 'threads of onnxruntime and PyTorch', wholeNumbers, [1, 2])
    .option('--peer <path>', "PyTorch's script; default: bin/torch_speed.py here")
    .option('--python <program>', 'runs it', 'python3')
    .option('--rounds <n>', 'turns of each side', wholeNumber, 5)
    .option('--steps <n>', 'steps of a turn that count', wholeNumber, 15)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ model, size, batch, threads, peer, python, rounds, steps, json }: OnnxBenchOptions) => {
      const script = peerScript('torch', peer);
      const where = await tellMachine(streams);
      const work: Work = { model, mode: 'eval', batch, size, steps, labels: PEER_LABELS };
      await withFolderAside(async (folder) => {
        const { sides, missing } = await onnxSides(work, threads, { python, script }, folder);
        for (const { name, install } of missing)
          streams.err.write(`${name} is not measured: it is not installed. ${install}\n`);
        const turns = toldTurns(rounds * sides.length, streams);
        const measured = sides.map(() => [] as number[]);
        for (let round = 1; round <= rounds; round++)
          for (const [i, side] of sides.entries())
            measured[i].push(
              (await turns.take(`round ${round}: ${side.name}`, () => side.measure())).msPerImage,
            );
        const [ours] = measured;
        const rows = sides.map(({ name }, i) => {
          const ratios = measured[i].map((theirs, round) => theirs / ours[round]);
          const msPerImage = median(measured[i]);
          return {
            name,
            msPerImage,
            imagesPerSecond: 1000 / msPerImage,
            ratio: median(ratios),
            ratioRange: [Math.min(...ratios), Math.max(...ratios)],
            rounds: measured[i],
          };
        });
        streams.out.write(`${model}, ${size} px, batch ${batch}, medians of ${rounds} rounds\n`);
        const width = Math.max(...rows.map(({ name }) => name.length));
        const row = (name: string, cells: readonly string[]) =>
          `${name.padEnd(width)}${cells.map((cell) => cell.padStart(14)).join('')}\n`;
        streams.out.write(row('', ['ms/image', 'images/s', 'theirs/ours', 'range']));
        for (const { name, msPerImage, imagesPerSecond, ratio, ratioRange } of rows)
          streams.out.write(
            row(name, [
              msPerImage.toFixed(2),
              imagesPerSecond.toFixed(1),
              ratio.toFixed(2),
              ratioRange.map((end) => end.toFixed(2)).join('-'),
            ]),
          );
        await writeResults(json, { rows, missing, work, machine: where });
      });
    });
}

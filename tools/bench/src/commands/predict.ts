import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { wholeNumber, type Streams } from '@polytag/cli';
import { decodePaths, mapAhead } from '@polytag/datasets';
import { useEngine } from '@polytag/engine';
import { openReplicas, runNetwork } from '@polytag/evaluation';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { withFolderAside } from '../folder-aside.js';
import { Command } from 'commander';
import { tellMachine } from '../machine.js';
import { photographs, randomModel } from '../photographs.js';
import { median } from '../median.js';
import { writeResults } from '../results-file.js';
import { toldTurns } from '../turns.js';

interface PredictOptions {
  readonly data?: string;
  readonly model?: string;
  readonly size: number;
  readonly images: number;
  readonly bad?: number;
  readonly workers: number;
  readonly replicas: number;
  readonly rounds: number;
  readonly json?: string;
}

/** Images at a time, as `runNetwork` takes them at 224 x 224; and those before a turn's time begins. */
const [BATCH, WARM_UP] = [16, 160];

export function predictCommand(streams: Streams): Command {
  return new Command('predict')
    .description('images a second of prediction in bulk, beside decoding alone and the network alone')
    .option('--data <file>', 'label file whose images are predicted; default: built-in scenes, drawn aside')
    .option('--model <folder>', 'model folder; default: MobileNetV3-Small with random weights')
    .option('--size <pixels>', "side of that one's images", wholeNumber, 224)
    .option('--images <n>', 'images of a turn', wholeNumber, 512)
    .option('--bad <n>', 'of as many images, those that are torn files', wholeNumber)
    .option('--workers <n>', 'threads that decode', wholeNumber, availableParallelism())
    .option('--replicas <n>', 'copies of the model', wholeNumber, 1)
    .option('--rounds <n>', 'turns of each', wholeNumber, 5)
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText(
      'after',
      '\nThe three run in turn, with the same threads. The share is that of bulk prediction in the slower of the two others of\nits round; figures are medians over the rounds. On few cores the two compete: each alone has all of them,\nso that what the processor time of both together allows is told as well.',
    )
    .action(async (options: PredictOptions) => {
      const { images, bad = 0, workers, replicas, rounds } = options;
      const where = await tellMachine(streams);
      await useEngine('wasm');
      await withFolderAside(async (folder) => {
        const { paths, labels } = await photographs(options, folder, streams);
        const modelFolder = options.model ?? (await randomModel(join(folder, 'model'), labels, options.size));
        const model = await loadModel(modelFolder);
        const work = { paths, folder: modelFolder, workers, replicas };
        const turns = toldTurns(3 * rounds, streams);
        const rates: { decoding: Rate; network: Rate; both: Rate }[] = [];
        for (let round = 0; round < rounds; round++) {
          rates.push({
            decoding: await turns.take('decoding alone', () => rateOf(decodingAlone(model, work), images)),
            network: await turns.take('network alone', () => rateOf(networkAlone(model, work), images)),
            both: await turns.take('in bulk', () => rateOf(inBulk(model, work), images)),
          });
        }
        model.dispose();
        const shares = rates.map(
          ({ decoding, network, both }) => both.perSecond / Math.min(decoding.perSecond, network.perSecond),
        );
        const of = (key: 'decoding' | 'network' | 'both'): Rate => ({
          perSecond: median(rates.map((rate) => rate[key].perSecond)),
          cpu: median(rates.map((rate) => rate[key].cpu)),
        });
        const [decoding, network, both] = [of('decoding'), of('network'), of('both')];
        const result = {
          decoding,
          network,
          both,
          // All cores busy with nothing but the two halves.
          bound: (1000 * availableParallelism()) / (decoding.cpu + network.cpu),
          share: median(shares),
          shareRange: [Math.min(...shares), Math.max(...shares)],
        };
        const told = ({ perSecond, cpu }: Rate) =>
          `${perSecond.toFixed(1)} images/s (${cpu.toFixed(2)} ms of CPU an image)`;
        const [least, most] = result.shareRange.map((share) => share.toFixed(2));
        streams.out.write(
          `predict ${images} images, ${bad} of them torn, ${workers} decoding threads, ${replicas} replicas: decoding alone ${told(decoding)}, network alone ${told(network)}, in bulk ${told(both)}: ${result.share.toFixed(2)} (${least}-${most}) of the slower; the CPU time of both halves allows ${result.bound.toFixed(1)} images/s\n`,
        );
        await writeResults(options.json, {
          ...result,
          rates,
          images,
          bad,
          workers,
          replicas,
          machine: where,
        });
      });
    });
}

/** How fast images go through. */
interface Rate {
  /** Images a second. */
  readonly perSecond: number;
  /** Processor time of all threads, ms an image. */
  readonly cpu: number;
}

interface Work {
  readonly paths: readonly string[];
  /** Of the model. */
  readonly folder: string;
  readonly workers: number;
  readonly replicas: number;
}

/** The photographs again and again, without end. */
async function* endless(paths: readonly string[]) {
  for (;;) for (const path of paths) yield { path };
}

/**
 * Images a second of a stream of batches without end: from when threads and queues are at work on, so that what waits is as
 * much at the end as at the start.
 */
async function rateOf(batches: AsyncIterable<{ readonly size: number }>, images: number): Promise<Rate> {
  let [done, start] = [-WARM_UP, 0];
  let cpu = process.cpuUsage();
  for await (const { size } of batches) {
    done += size;
    if (done <= 0) [start, cpu] = [performance.now(), process.cpuUsage()];
    if (done >= images) break;
  }
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: (1000 * done) / (performance.now() - start), cpu: (user + system) / 1000 / done };
}

async function* decodingAlone({ preprocessing }: MultiLabelModel, { paths, workers }: Work) {
  const decoded = decodePaths(endless(paths), { preprocessing, batchSize: BATCH, workers });
  for await (const { items } of decoded) yield { size: items.length };
}

async function* networkAlone(model: MultiLabelModel, { folder, replicas }: Work) {
  const { height, width } = model.preprocessing;
  const shape = [BATCH, height, width, 3];
  const inputs = new Float32Array(BATCH * height * width * 3).fill(0.5);
  const results = ['outputs'] as const;
  const network = openReplicas(model, { folder, results, count: replicas });
  async function* batches() {
    // A batch moves to the replica's thread: each needs one of its own, as from a decoder.
    for (;;) yield inputs.slice();
  }
  const run = async (images: Float32Array) => {
    await network.run({ inputs: images, shape });
    return { size: BATCH };
  };
  try {
    yield* mapAhead(batches(), run, replicas > 1 ? replicas + 1 : 1);
  } finally {
    await network.close();
  }
}

async function* inBulk(model: MultiLabelModel, { paths, folder, workers, replicas }: Work) {
  const options = { model: folder, workers, replicas };
  for await (const { length: size } of runNetwork(model, endless(paths), ['outputs'], options))
    yield { size };
}

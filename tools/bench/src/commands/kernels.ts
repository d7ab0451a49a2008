import { wholeNumber, type Streams } from '@polytag/cli';
import { useEngine, type KernelBuild } from '@polytag/engine';
import { Command, Option } from 'commander';
import { denseConvolution, squareProducts } from '../kernels/alone.js';
import { observeKernels } from '../kernels/observe-kernels.js';
import { ProductSpeeds, type ProductSpeed } from '../kernels/product-speeds.js';
import { measureRoofline } from '../kernels/roofline.js';
import { speedTable } from '../kernels/speed-table.js';
import { tellMachine } from '../machine.js';
import { writeResults } from '../results-file.js';
import { MODELS, PEER_LABELS, type ModelName, type Work } from '../side/work.js';
import { Workload } from '../side/workload.js';
import { toldTurns } from '../turns.js';

interface KernelsOptions {
  readonly model: ModelName;
  readonly size: number;
  readonly batch: number;
  readonly repeats: number;
  readonly simd: KernelBuild | 'auto';
  readonly json?: string;
}

const NOTES = `
Products of convolutions and linear layers are timed where they run: inside training steps of the network, on its
shapes, with the caches as a step leaves them. Square matrices, and a dense 3x3 convolution in all three passes (the
network's only one is its first layer, which needs no dX), run alone.

"share" is of WebAssembly's roofline: a loop of multiplications and additions in registers alone, measured in the same run
for the same build. Native kernels have wider vectors, and can exceed it. Convolutions count the operations of the direct
convolution. Dense 3x3 ones of stride 1 go through Winograd's F(4x4, 3x3) where that pays, with a quarter of the
multiplications: their share can exceed 100 %. "geometric mean" is over the pointwise products.`;

export function kernelsCommand(streams: Streams): Command {
  return new Command('kernels')
    .description('GFLOP/s of the products in a training step, by shape and pass')
    .addOption(new Option('--model <name>', 'network').choices(MODELS).default(MODELS[0]))
    .option('--size <pixels>', 'side of an image', wholeNumber, 224)
    .option('--batch <images>', 'images a step', wholeNumber, 16)
    .option('--repeats <n>', 'steps, and calls of each product that runs alone', wholeNumber, 5)
    .addOption(
      new Option('--simd <build>', 'kernels to time').choices(['auto', 'plain', 'relaxed']).default('auto'),
    )
    .option('--json <file>', 'also write the results as JSON')
    .addHelpText('after', NOTES)
    .action(async ({ model, size, batch, repeats, simd, json }: KernelsOptions) => {
      const where = await tellMachine(streams, simd === 'auto' ? undefined : simd);
      const work: Work = { model, mode: 'train', batch, size, steps: repeats, labels: PEER_LABELS };
      const turns = toldTurns(4, streams);
      const task = `training steps of ${model}, batch ${batch}, ${size} px`;
      const inSteps = await turns.take(task, () => productsInSteps(work, simd));
      const squares = await turns.take('square matrices', async () => squareProducts(repeats));
      const dense = await turns.take('a dense convolution', async () => denseConvolution(batch, repeats));
      const roofline = await turns.take('the roofline', () => measureRoofline(where.engineBuild));
      const speeds = [...squares, ...dense, ...inSteps];
      streams.out.write(speedTable(speeds, roofline));
      await writeResults(json, { roofline, speeds, work, machine: where });
    });
}

/** With `auto`, native kernels take part where there are some. */
async function productsInSteps(work: Work, simd: KernelBuild | 'auto'): Promise<ProductSpeed[]> {
  const workload = await Workload.prepare(work);
  await useEngine('wasm', { simd });
  await workload.warmUp();
  const speeds = new ProductSpeeds();
  const stop = observeKernels(speeds.add);
  for (let i = 0; i < work.steps; i++) await workload.step();
  stop();
  workload.dispose();
  return speeds.all();
}

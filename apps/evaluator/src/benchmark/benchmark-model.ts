import { availableParallelism, cpus } from 'node:os';
import { Progress, type Streams } from '@polytag/cli';
import { memoryText, RandomStream } from '@polytag/core';
import { engineMemory, kernelBuild, useEngine, type EngineName } from '@polytag/engine';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { tensor4d } from '@tensorflow/tfjs-core';

export interface BenchmarkOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly batch: number;
  readonly rounds: number;
  readonly engine: EngineName;
}

/** Rounds before those that count: kernels are compiled, memory grows. */
const WARM_UP = 3;

/** Measures how fast a model folder is on this machine, and writes it. */
export async function benchmarkModel(
  { model: folder, allowModules, batch, rounds, engine }: BenchmarkOptions,
  streams: Streams,
): Promise<void> {
  await useEngine(engine);
  const model = await loadModel(folder, { allowModules });
  const progress = new Progress(streams.err);
  try {
    const sizes = [...new Set([1, batch])];
    const lines: string[] = [];
    for (const [i, size] of sizes.entries()) {
      const times = await timesOf(model, size, rounds, (done) =>
        progress.update({ label: 'rounds', done: i * rounds + done, total: sizes.length * rounds }),
      );
      lines.push(line(size, times));
    }
    streams.out.write(`${heading(model, engine)}\n${lines.join('')}`);
    const { heapBytes } = engineMemory();
    if (heapBytes > 0) streams.out.write(`heap ${memoryText(heapBytes)}\n`);
  } finally {
    model.dispose();
  }
}

/** Milliseconds from normalised images to their outputs, of each round. */
async function timesOf(
  model: MultiLabelModel,
  size: number,
  rounds: number,
  report: (done: number) => void,
): Promise<number[]> {
  const { height, width } = model.preprocessing;
  const random = new RandomStream(0, 'benchmark');
  const pixels = Float32Array.from({ length: size * height * width * 3 }, () => random.normal());
  const images = tensor4d(pixels, [size, height, width, 3]);
  const times: number[] = [];
  try {
    for (let round = -WARM_UP; round < rounds; round++) {
      const start = performance.now();
      const outputs = model.predictBatch(images);
      await outputs.data();
      outputs.dispose();
      if (round < 0) continue;
      times.push(performance.now() - start);
      report(round + 1);
    }
  } finally {
    images.dispose();
  }
  return times;
}

function heading(model: MultiLabelModel, engine: EngineName): string {
  const { height, width } = model.preprocessing;
  const { parameters, multiplyAdds } = model.summarise();
  const build = kernelBuild();
  return [
    `${model.backbone.name} + ${model.head.name}, ${model.labels.size} labels, ${width} x ${height} pixels`,
    `${(parameters / 1e6).toFixed(2)} million weights, ${(multiplyAdds / 1e9).toFixed(2)} billion multiply-adds an image`,
    `${cpus()[0]?.model.trim() ?? 'unknown processor'}, one of ${availableParallelism()} cores, Node ${process.versions.node}, engine ${engine}${build ? ` (${build} SIMD)` : ''}`,
  ].join('\n');
}

function line(size: number, times: readonly number[]): string {
  const sorted = [...times].sort((a, b) => a - b);
  const at = (fraction: number) => sorted[Math.min(sorted.length - 1, Math.floor(fraction * sorted.length))];
  const median = at(0.5);
  const rate = (1000 * size) / median;
  return (
    `${String(size).padStart(4)} at a time: ${median.toFixed(1)} ms (${at(0.05).toFixed(1)} to ${at(0.95).toFixed(1)}), ` +
    `${(median / size).toFixed(2)} ms an image, ${rate.toFixed(rate < 10 ? 2 : 0)} images/s\n`
  );
}

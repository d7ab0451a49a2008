import { availableParallelism, cpus } from 'node:os';
import { Progress, type Streams } from '@polytag/cli';
import { memoryText, printable, RandomStream } from '@polytag/core';
import { describeEngine, engineMemory, useEngine, type EngineName } from '@polytag/engine';
import { loadModel, type MultiLabelModel } from '@polytag/model';
import { tensor4d } from '@tensorflow/tfjs-core';
import { assertThreads, openOnnx } from '../onnx/open-onnx.js';
import type { EngineChoice } from '../options.js';

export interface BenchmarkOptions {
  readonly model: string;
  readonly allowModules?: boolean;
  readonly batch: number;
  readonly rounds: number;
  readonly engine: EngineChoice;
  readonly threads?: number;
}

/** Rounds before those that count: kernels are compiled, memory grows. */
const WARM_UP = 3;

/** What is measured: makes a batch, and runs it. */
interface Measured {
  readonly heading: string;
  /** Runs one batch of as many images once: what it is given is made before. */
  batch(size: number): { run(): Promise<void>; dispose(): void };
  close(): Promise<void>;
}

/** Measures how fast a model folder is on this machine, and writes it. */
export async function benchmarkModel(options: BenchmarkOptions, streams: Streams): Promise<void> {
  const { batch, rounds, engine, threads } = options;
  assertThreads(engine, threads);
  const measured = engine === 'onnx' ? await openExported(options) : await openFolder({ ...options, engine });
  const progress = new Progress(streams.err);
  try {
    const sizes = [...new Set([1, batch])];
    const lines: string[] = [];
    for (const [i, size] of sizes.entries()) {
      const times = await timesOf(measured, size, rounds, (done) =>
        progress.update({ label: 'rounds', done: i * rounds + done, total: sizes.length * rounds }),
      );
      lines.push(line(size, times));
    }
    streams.out.write(`${measured.heading}\n${lines.join('')}`);
    if (engine === 'onnx') return;
    const { heapBytes } = engineMemory();
    if (heapBytes > 0) streams.out.write(`heap ${memoryText(heapBytes)}\n`);
  } finally {
    await measured.close();
  }
}

/** Milliseconds from images to their outputs, of each round. */
async function timesOf(
  measured: Measured,
  size: number,
  rounds: number,
  report: (done: number) => void,
): Promise<number[]> {
  const batch = measured.batch(size);
  const times: number[] = [];
  try {
    for (let round = -WARM_UP; round < rounds; round++) {
      const start = performance.now();
      await batch.run();
      if (round < 0) continue;
      times.push(performance.now() - start);
      report(round + 1);
    }
  } finally {
    batch.dispose();
  }
  return times;
}

async function openFolder({
  model: folder,
  allowModules,
  engine,
}: BenchmarkOptions & { readonly engine: EngineName }): Promise<Measured> {
  await useEngine(engine);
  const model = await loadModel(folder, { allowModules });
  const { height, width } = model.preprocessing;
  return {
    heading: heading(model),
    batch(size) {
      const random = new RandomStream(0, 'benchmark');
      const pixels = Float32Array.from({ length: size * height * width * 3 }, () => random.normal());
      const images = tensor4d(pixels, [size, height, width, 3]);
      return {
        async run() {
          const outputs = model.predictBatch(images);
          await outputs.data();
          outputs.dispose();
        },
        dispose: () => images.dispose(),
      };
    },
    close: async () => model.dispose(),
  };
}

/** In the form in which the file takes images: pixels are normalised inside. */
async function openExported(options: BenchmarkOptions): Promise<Measured> {
  const model = await openOnnx(options);
  const { labels, preprocessing, session } = model;
  const { height, width } = preprocessing;
  const { runtime, threads } = session;
  return {
    heading: [
      `${printable(options.model, Infinity)}, ${labels.size} labels, ${width} x ${height} pixels, input ${model.input}`,
      machine(threads, `${runtime.name} ${runtime.version}`),
    ].join('\n'),
    batch(size) {
      const random = new RandomStream(0, 'benchmark');
      const pixels = Uint8Array.from({ length: size * height * width * 3 }, () => random.integer(256));
      return { run: () => model.predictPixels(pixels, size).then(() => undefined), dispose: () => undefined };
    },
    close: () => model.close(),
  };
}

const machine = (threads: number, engine: string): string =>
  `${cpus()[0]?.model.trim() ?? 'unknown processor'}, ${threads === 1 ? 'one' : threads} of ${availableParallelism()} cores, Node ${process.versions.node}, engine ${engine}`;

function heading(model: MultiLabelModel): string {
  const { height, width } = model.preprocessing;
  const { parameters, multiplyAdds } = model.summarise();
  return [
    `${model.backbone.name} + ${model.head.name}, ${model.labels.size} labels, ${width} x ${height} pixels`,
    `${(parameters / 1e6).toFixed(2)} million weights, ${(multiplyAdds / 1e9).toFixed(2)} billion multiply-adds an image`,
    machine(1, describeEngine()),
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

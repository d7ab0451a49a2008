import { NORMALISATIONS } from '@polytag/core';
import { onnxImages, openSession, type OnnxRuntime } from '@polytag/onnx-runtime';
import { median } from '../median.js';
import { randomBatch } from '../side/random-batch.js';
import { PEER_LABELS, WARM_UP, type Work } from '../side/work.js';

/** Packages that run ONNX files. */
export const RUNTIMES = ['onnxruntime-node', 'onnxruntime-web'] as const;
export type RuntimeName = (typeof RUNTIMES)[number];

/** How long onnxruntime takes for a batch, and which version it is. */
export interface TimedOnnx {
  readonly msPerStep: number;
  readonly version: string;
}

/** Images before those that count: onnxruntime-web is slow for dozens of them, until V8 has compiled it once more. */
const SETTLING_IMAGES = 64;

/** Runs an ONNX file, whose input is normalised images with channels first, on one random batch again and again. */
export async function timeOnnx(
  { batch, size, steps }: Pick<Work, 'batch' | 'size' | 'steps'>,
  { name, file, threads }: { readonly name: RuntimeName; readonly file: string; readonly threads: number },
): Promise<TimedOnnx> {
  const runtime = (await import(name)) as OnnxRuntime;
  const session = await openSession(file, { runtime, threads });
  const [input] = session.file.inputs;
  const { inputs, shape } = randomBatch({ batch, size, labels: PEER_LABELS });
  const images = { [input.name]: onnxImages({ inputs, shape }, 'normalised', NORMALISATIONS.pixels) };
  const before = Math.max(WARM_UP, Math.ceil(SETTLING_IMAGES / batch));
  for (let i = 0; i < before; i++) await session.run(images);
  const times: number[] = [];
  for (let i = 0; i < steps; i++) {
    const start = performance.now();
    await session.run(images);
    times.push(performance.now() - start);
  }
  await session.close();
  return { msPerStep: median(times), version: session.runtime.version };
}

// Holds the kernels to the operations composed of stock ones, to each other's builds, and to finite differences.
import * as tf from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { useEngine } from './use-engine.js';
import type { KernelBuild } from './wasm/load-kernels.js';

/** Both builds of the kernels; the specs run on each. */
export const BUILDS = ['plain', 'relaxed'] as const;

/** A differentiable function of tensors of any ranks, with one output. */
export type Operation = (...inputs: never[]) => tf.Tensor;

export interface Sample {
  readonly shape: number[];
  readonly values: Float32Array;
}

export interface Evaluation {
  readonly shape: readonly number[];
  readonly value: Float32Array;
  readonly gradients: readonly Float32Array[];
}

/** Starts the engine of the stock operations, and then a build of the kernels. */
export async function prepare(build: KernelBuild): Promise<void> {
  await useEngine('cpu');
  await useEngine('wasm', { simd: build });
}

/** Uniform values in [-1, 1), a pure function of the key. */
export function uniform(key: string, shape: readonly number[]): Sample {
  const random = new RandomStream(7, key);
  return { shape: [...shape], values: filled(shape, () => 2 * random.uniform() - 1) };
}

/** Normal values, scaled and moved. */
export function normal(stream: RandomStream, shape: readonly number[], scale = 1, offset = 0): Sample {
  return { shape: [...shape], values: filled(shape, () => offset + scale * stream.normal()) };
}

/** Values further than 0.05 from -3, 0 and 3, where the activations have kinks. */
export function awayFromKinks(stream: RandomStream, shape: readonly number[]): Sample {
  const { values } = normal(stream, shape, 3);
  const isClear = (v: number) => [-3, 0, 3].every((kink) => Math.abs(v - kink) > 0.05);
  return { shape: [...shape], values: values.map((v) => (isClear(v) ? v : v + 0.2)) };
}

function filled(shape: readonly number[], value: () => number): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value);
}

/** As a tensor; its values may be written over. */
export const tensorOf = ({ shape, values }: Sample): tf.Tensor => tf.tensor(values.slice(), shape, 'float32');

/**
 * Value, and the gradients of Σ value·dy by each input, on the engine in use. Fails where a tensor is left over.
 *
 * @param dy from the shape of the value; null for an operation without gradients
 */
export async function evaluate(
  operation: Operation,
  samples: readonly Sample[],
  dy: ((shape: number[]) => Sample) | null = (shape) => uniform('dy', shape),
): Promise<Evaluation> {
  const run = operation as (...inputs: tf.Tensor[]) => tf.Tensor;
  const before = tf.memory().numTensors;
  const inputs = samples.map(tensorOf);
  const alone = run(...inputs);
  const upstream = dy && tensorOf(dy(alone.shape));
  const { value, grads } = upstream
    ? tf.valueAndGrads(run)(inputs, upstream)
    : { value: tf.clone(alone), grads: [] };
  const read = async (tensor: tf.Tensor) => (await tensor.data<'float32'>()).slice();
  const evaluation = {
    shape: value.shape,
    value: await read(value),
    gradients: await Promise.all(grads.map(read)),
  };
  expect(grads.map((gradient) => gradient.shape)).toEqual(upstream ? samples.map(({ shape }) => shape) : []);
  tf.dispose([inputs, alone, value, grads]);
  upstream?.dispose();
  expect(tf.memory().numTensors).toBe(before);
  return evaluation;
}

/** `evaluate` on an engine that has been started; the value without the tape is the same. */
export async function evaluateOn(
  engine: 'cpu' | 'wasm',
  operation: Operation,
  samples: readonly Sample[],
  dy: (shape: number[]) => Sample,
): Promise<Evaluation> {
  await tf.setBackend(engine);
  const evaluation = await evaluate(operation, samples, dy);
  expect((await evaluate(operation, samples, null)).value).toEqual(evaluation.value);
  return evaluation;
}

/** Largest difference over the largest expected magnitude (or 1, where that is smaller); Infinity with NaN. */
export function deviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length) return Infinity;
  let [largest, scale] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    if (actual[i] === expected[i]) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return largest / scale;
}

/** For an operation that a spec composes, which leaves tensors on its way. */
const tidied =
  (operation: Operation): Operation =>
  (...inputs) =>
    tf.tidy(() => operation(...inputs));

function largestDeviation(actual: Evaluation, expected: Evaluation): number {
  expect(actual.shape).toEqual(expected.shape);
  return Math.max(
    deviation(actual.value, expected.value),
    ...actual.gradients.map((gradient, i) => deviation(gradient, expected.gradients[i])),
  );
}

/**
 * The same operation with the same inputs on the kernels of a build, of both builds, or on WebGPU, and on the cpu engine's
 * stock operations: the largest deviation of the output and of each gradient.
 */
export async function deviations(
  on: KernelBuild | 'both' | 'webgpu',
  operation: Operation,
  inputs: readonly Sample[],
): Promise<number> {
  await useEngine('cpu');
  const expected = await evaluate(tidied(operation), inputs);
  const found: number[] = [];
  for (const one of on === 'both' ? BUILDS : [on]) {
    await (one === 'webgpu' ? useEngine('webgpu') : useEngine('wasm', { simd: one }));
    found.push(largestDeviation(await evaluate(tidied(operation), inputs), expected));
  }
  return Math.max(...found);
}

/**
 * The same operation with the same inputs on both builds of the kernels: the largest deviation of the output and, unless it
 * has none, of each gradient.
 */
export async function buildsDeviation(
  operation: Operation,
  inputs: readonly Sample[],
  isDifferentiable = true,
): Promise<number> {
  const run = async (simd: KernelBuild) => {
    await useEngine('wasm', { simd });
    return isDifferentiable ? evaluate(tidied(operation), inputs) : evaluate(tidied(operation), inputs, null);
  };
  const plain = await run('plain');
  return largestDeviation(await run('relaxed'), plain);
}

/** The value and, unless it has none, the gradients of an operation on the relaxed build, computed natively or not. */
export async function evaluateNatively(
  native: boolean,
  operation: Operation,
  inputs: readonly Sample[],
  isDifferentiable = true,
): Promise<Evaluation> {
  await useEngine('wasm', { simd: 'relaxed', native });
  return isDifferentiable ? evaluate(tidied(operation), inputs) : evaluate(tidied(operation), inputs, null);
}

/**
 * Gradients of the kernels against central finite differences along one random direction of each input: the largest
 * |difference| / max(1, |expected|).
 */
export async function finiteDifferenceError(
  build: KernelBuild,
  operation: Operation,
  inputs: readonly Sample[],
  step: number,
): Promise<number> {
  await useEngine('wasm', { simd: build });
  const { gradients, shape } = await evaluate(tidied(operation), inputs);
  const dy = uniform('dy', shape).values;
  let worst = 0;
  inputs.forEach((input, i) => {
    const direction = uniform(`direction ${i}`, input.shape).values;
    const expected = dot(gradients[i], direction);
    const slope = slopeAlong(operation, inputs, i, direction, dy, step);
    worst = Math.max(worst, Math.abs(slope - expected) / Math.max(1, Math.abs(expected)));
  });
  return worst;
}

/** Central difference of Σ value·dy when input i moves along a direction, on the engine in use. */
function slopeAlong(
  operation: Operation,
  samples: readonly Sample[],
  i: number,
  direction: Float32Array,
  dy: Float32Array,
  step: number,
): number {
  const at = (by: number) =>
    tf.tidy(() => {
      const inputs = samples.map(({ shape, values }, k) =>
        tensorOf({ shape, values: k === i ? values.map((v, j) => v + by * direction[j]) : values }),
      );
      const y = (operation as (...inputs: tf.Tensor[]) => tf.Tensor)(...inputs);
      return dot(y.dataSync<'float32'>(), dy);
    });
  return (at(step) - at(-step)) / (2 * step);
}

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

export interface AgreementOptions {
  /** Share of the largest magnitude; default 1e-5, a hundred float32 roundings. */
  readonly tolerance?: number;
  /** Also compares the gradients with central differences; the operation is smooth around the samples. */
  readonly differences?: boolean;
}

/**
 * The kernels give the value and the gradients of the composed operations, and the central differences do too; after
 * `prepare`.
 */
export async function expectAgreement(
  stream: RandomStream,
  operation: Operation,
  samples: readonly Sample[],
  { tolerance = 1e-5, differences = false }: AgreementOptions = {},
): Promise<void> {
  let upstream: Sample | undefined;
  const dy = (shape: number[]) => (upstream ??= normal(stream, shape));
  const composed = await evaluateOn('cpu', operation, samples, dy);
  const kernel = await evaluateOn('wasm', operation, samples, dy);
  expect(largestDeviation(kernel, composed)).toBeLessThan(tolerance);
  if (!differences) return;
  const { values } = upstream!;
  for (let i = 0; i < samples.length; i++) {
    const direction = normal(stream, samples[i].shape).values;
    const step = 0.01 / Math.max(1, norm(direction));
    const numeric = slopeAlong(operation, samples, i, direction, values, step);
    const analytic = dot(kernel.gradients[i], direction);
    expect(Math.abs(numeric - analytic)).toBeLessThan(2e-3 * (1 + Math.abs(analytic) + norm(values)));
  }
}

const norm = (values: Float32Array): number => Math.sqrt(dot(values, values));

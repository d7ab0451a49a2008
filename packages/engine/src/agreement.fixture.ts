import { dispose, grads, memory, mul, sum, tensor, tidy, type Tensor } from '@tensorflow/tfjs-core';
import { RandomStream } from '@polytag/core';
import { useEngine } from './engine/use-engine.js';
import type { KernelBuild } from './wasm/load-kernels.js';

/** A differentiable function of tensors of any ranks, with one output. */
export type Operation = (...inputs: never[]) => Tensor;

interface Values {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

interface Evaluation {
  readonly output: Values;
  readonly gradients: readonly Float32Array[];
}

/** Uniform values in [-1, 1), a pure function of the key. */
export function values(key: string, shape: readonly number[]): Values {
  const random = new RandomStream(7, key);
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: Float32Array.from({ length: size }, () => 2 * random.uniform() - 1) };
}

const asTensor = ({ shape, data }: Values): Tensor => tensor(data, [...shape], 'float32');

/** Output, and the gradients of Σ output·dy by each input (or none), where dy is made from the output's shape. */
async function evaluate(
  operation: Operation,
  inputs: readonly Values[],
  differentiable = true,
): Promise<Evaluation> {
  const run = operation as (...inputs: Tensor[]) => Tensor;
  const before = memory().numTensors;
  const [y, ...gradients] = tidy(() => {
    const tensors = inputs.map(asTensor);
    const value = run(...tensors);
    if (!differentiable) return [value];
    const dy = asTensor(values('dy', value.shape));
    return [value, ...grads((...xs) => sum(mul(run(...xs), dy)))(tensors)];
  });
  const output = { shape: y.shape, data: (await y.data()) as Float32Array };
  const evaluation = {
    output,
    gradients: await Promise.all(gradients.map(async (g) => (await g.data()) as Float32Array)),
  };
  dispose([y, ...gradients]);
  if (memory().numTensors !== before) throw new Error(`${memory().numTensors - before} tensors leaked`);
  return evaluation;
}

/** Largest difference over the largest expected magnitude (or 1, where that is smaller). */
export function deviation(got: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (got.length !== expected.length) return Infinity;
  let worst = 0;
  let scale = 1;
  for (let i = 0; i < expected.length; i++) {
    const difference = Math.abs(got[i] - expected[i]);
    if (!(difference <= worst)) worst = difference;
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return worst / scale;
}

/**
 * The same operation with the same inputs on the kernels of a build, or on WebGPU, and on the cpu engine's stock
 * operations: the largest deviation of the output and of each gradient.
 */
export async function deviations(
  on: KernelBuild | 'webgpu',
  operation: Operation,
  inputs: readonly Values[],
): Promise<number> {
  await useEngine('cpu');
  const expected = await evaluate(operation, inputs);
  await (on === 'webgpu' ? useEngine('webgpu') : useEngine('wasm', { simd: on }));
  const got = await evaluate(operation, inputs);
  return largestDeviation(got, expected);
}

/**
 * The same operation with the same inputs on both builds of the kernels: the largest deviation of the output and, unless it
 * has none, of each gradient.
 */
export async function buildsDeviation(
  operation: Operation,
  inputs: readonly Values[],
  differentiable = true,
): Promise<number> {
  await useEngine('wasm', { simd: 'plain' });
  const plain = await evaluate(operation, inputs, differentiable);
  await useEngine('wasm', { simd: 'relaxed' });
  return largestDeviation(await evaluate(operation, inputs, differentiable), plain);
}

function largestDeviation(got: Evaluation, expected: Evaluation): number {
  if (String(got.output.shape) !== String(expected.output.shape)) {
    throw new Error(`shape [${got.output.shape}], expected [${expected.output.shape}]`);
  }
  return Math.max(
    deviation(got.output.data, expected.output.data),
    ...got.gradients.map((gradient, i) => deviation(gradient, expected.gradients[i])),
  );
}

/**
 * Gradients of the kernels against central finite differences along one random direction of each input: the largest
 * |difference| / max(1, |expected|).
 */
export async function finiteDifferenceError(
  build: KernelBuild,
  operation: Operation,
  inputs: readonly Values[],
  step: number,
): Promise<number> {
  await useEngine('wasm', { simd: build });
  const { gradients } = await evaluate(operation, inputs);
  const dot = (a: ArrayLike<number>, b: ArrayLike<number>) =>
    Array.from(a).reduce((s, x, i) => s + x * b[i], 0);
  const loss = (xs: readonly Values[]) =>
    tidy(() => {
      const y = (operation as (...inputs: Tensor[]) => Tensor)(...xs.map(asTensor));
      return dot(y.dataSync(), values('dy', y.shape).data);
    });
  let worst = 0;
  inputs.forEach((input, i) => {
    const direction = values(`direction ${i}`, input.shape).data;
    const moved = (by: number) =>
      inputs.map((x, j) =>
        j === i ? { ...x, data: x.data.map((value, e) => value + by * direction[e]) } : x,
      );
    const slope = (loss(moved(step)) - loss(moved(-step))) / (2 * step);
    const expected = dot(gradients[i], direction);
    worst = Math.max(worst, Math.abs(slope - expected) / Math.max(1, Math.abs(expected)));
  });
  return worst;
}

import { RandomStream } from '@polytag/core';
import * as tf from '@tensorflow/tfjs-core';
import { useEngine } from '../engine/use-engine.js';

/** Both builds of the kernels; the specs run on each. */
export const BUILDS = ['plain', 'relaxed'] as const;

export interface Sample {
  readonly shape: number[];
  readonly values: Float32Array;
}

export type TestedOperation = (...inputs: tf.Tensor[]) => tf.Tensor;

/** Starts the reference engine and a build of the kernels. */
export async function prepare(build: (typeof BUILDS)[number]): Promise<void> {
  await useEngine('cpu');
  await useEngine('wasm', { simd: build });
}

/** Normal values, scaled and moved. */
export function sample(stream: RandomStream, shape: number[], scale = 1, offset = 0): Sample {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => offset + scale * stream.normal()) };
}

/** Values further than 0.05 from -3, 0 and 3, where the activations have kinks. */
export function awayFromKinks(stream: RandomStream, shape: number[]): Sample {
  const { values } = sample(stream, shape, 3);
  const clear = (v: number) => [-3, 0, 3].every((kink) => Math.abs(v - kink) > 0.05);
  return { shape, values: values.map((v) => (clear(v) ? v : v + 0.2)) };
}

export interface Evaluation {
  readonly value: Float32Array;
  readonly gradients: Float32Array[];
}

/** Value, and gradients for the output gradient `dy`, on an engine. Fails where a tensor is left over. */
export async function evaluate(
  engine: 'cpu' | 'wasm',
  operation: TestedOperation,
  samples: readonly Sample[],
  dy: (shape: number[]) => Sample,
): Promise<Evaluation> {
  await tf.setBackend(engine);
  const before = tf.memory().numTensors;
  const inputs = samples.map(({ shape, values }) => tf.tensor(values, shape));
  const probe = operation(...inputs);
  const upstream = dy(probe.shape);
  const gradient = tf.tensor(upstream.values, upstream.shape);
  const result = tf.valueAndGrads(operation)(inputs, gradient);
  const outside = probe.dataSync<'float32'>();
  const evaluation = {
    value: result.value.dataSync<'float32'>().slice(),
    gradients: result.grads.map((g, i) => {
      expect(g.shape).toEqual(samples[i].shape);
      return g.dataSync<'float32'>().slice();
    }),
  };
  expect(outside).toEqual(evaluation.value);
  tf.dispose([inputs, probe, gradient, result.value, result.grads]);
  expect(tf.memory().numTensors).toBe(before);
  return evaluation;
}

/** Largest difference, as a share of the largest expected magnitude (at least 1). */
export function deviation(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  let [largest, scale] = [0, 1];
  for (let i = 0; i < expected.length; i++) {
    if (Object.is(actual[i], expected[i]) || actual[i] === expected[i]) continue;
    const difference = Math.abs(actual[i] - expected[i]);
    largest = Math.max(largest, Number.isNaN(difference) ? Infinity : difference);
    scale = Math.max(scale, Math.abs(expected[i]));
  }
  return largest / scale;
}

export interface AgreementOptions {
  /** Share of the largest magnitude; default 1e-5, a hundred float32 roundings. */
  readonly tolerance?: number;
  /** Also compares the gradients with central differences; the operation is smooth around the samples. */
  readonly differences?: boolean;
}

/** The kernels give the value and the gradients of the composed operations, and the central differences do too. */
export async function expectAgreement(
  stream: RandomStream,
  operation: TestedOperation,
  samples: readonly Sample[],
  options: AgreementOptions = {},
): Promise<void> {
  const { tolerance = 1e-5, differences = false } = options;
  let upstream: Sample | undefined;
  const dy = (shape: number[]) => (upstream ??= sample(stream, shape));
  const composed = await evaluate('cpu', operation, samples, dy);
  const kernel = await evaluate('wasm', operation, samples, dy);
  expect(deviation(kernel.value, composed.value)).toBeLessThan(tolerance);
  kernel.gradients.forEach((gradient, i) => {
    expect(deviation(gradient, composed.gradients[i])).toBeLessThan(tolerance);
  });
  if (!differences) return;
  for (let i = 0; i < samples.length; i++) {
    const along = sample(stream, samples[i].shape).values;
    const numeric = slope(operation, samples, i, along, upstream!.values);
    const analytic = kernel.gradients[i].reduce((sum, g, k) => sum + g * along[k], 0);
    expect(Math.abs(numeric - analytic)).toBeLessThan(
      2e-3 * (1 + Math.abs(analytic) + norm(upstream!.values)),
    );
  }
}

/** Central difference of Σ dy·operation when input i moves along a direction, on the current engine. */
function slope(
  operation: TestedOperation,
  samples: readonly Sample[],
  i: number,
  along: Float32Array,
  dy: Float32Array,
): number {
  const step = 0.01 / Math.max(1, norm(along));
  const at = (t: number) =>
    tf.tidy(() => {
      const moved = samples.map(({ shape, values }, k) =>
        tf.tensor(k === i ? values.map((v, j) => v + t * along[j]) : values, shape),
      );
      return operation(...moved)
        .dataSync<'float32'>()
        .reduce((sum, v, j) => sum + v * dy[j], 0);
    });
  return (at(step) - at(-step)) / (2 * step);
}

function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, v) => sum + v * v, 0));
}

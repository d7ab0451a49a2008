import * as tf from '@tensorflow/tfjs-core';
import type { RandomStream } from '@polytag/core';
import { useEngine } from '../use-engine.js';

/** Every way an update can run: composed, and in place with each build of the kernels. */
export const ENGINES = ['cpu', 'wasm, plain', 'wasm, relaxed'] as const;

export async function start(engine: (typeof ENGINES)[number]): Promise<void> {
  if (engine === 'cpu') await useEngine('cpu');
  else await useEngine('wasm', { simd: engine === 'wasm, plain' ? 'plain' : 'relaxed' });
}

export function normals(stream: RandomStream, size: number): Float32Array {
  return Float32Array.from({ length: size }, () => stream.normal());
}

/** A variable that is the only holder of its memory. */
export function variable(values: ArrayLike<number>, shape: number[] = [values.length]): tf.Variable {
  const initial = tf.tensor(Float32Array.from(values), shape);
  const created = tf.variable(initial);
  initial.dispose();
  return created;
}

export function read(tensor: tf.Tensor): Float32Array {
  return tensor.dataSync<'float32'>().slice();
}

/** Largest difference from a float64 reference. */
export function error(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  expect(actual.length).toBe(expected.length);
  return Array.from(expected, (e, i) => Math.abs(actual[i] - e)).reduce((a, b) => Math.max(a, b), 0);
}

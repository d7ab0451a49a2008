import * as tf from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { operationKernel } from './kernel.js';

export const dropoutKernel = operationKernel<{ x: tf.Tensor }, { rate: number; seed: number }>(
  'PolytagDropout',
);

/**
 * Inverted dropout: an element stays with probability 1 − rate and is then scaled by 1/(1 − rate)
 * (Srivastava et al., 2014). The mask is a pure function of the seed and the element's index in row-major
 * order, so it is the same on every backend and again in the backward pass.
 *
 * @param x any shape
 * @param rate probability of a zero, in [0, 1)
 * @param seed integer; its low 32 bits count
 * @throws UsageError `usage/dropout-rate`
 */
export function dropout(x: tf.Tensor, rate: number, seed: number): tf.Tensor {
  checkRate(rate);
  if (rate === 0) return tf.clone(x);
  if (dropoutKernel.isAvailable()) return dropoutKernel.run({ x }, { rate, seed: seed >>> 0 });
  return tf.tidy(() => tf.mul(x, dropoutMask(x.shape, rate, seed >>> 0)));
}

/**
 * Uniform in [0, 1) with 24 bits, a pure function of (seed, index): the mixer of the golden cases on
 * seed + (index + 1)·0x9e3779b9.
 */
export function maskUniform(seed: number, index: number): number {
  let x = (seed + Math.imul(index + 1, 0x9e3779b9)) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x7feb352d);
  x ^= x >>> 15;
  x = Math.imul(x, 0x846ca68b);
  x = (x ^ (x >>> 16)) >>> 0;
  return (x >>> 8) / 16777216;
}

/**
 * The seed with which the elements of a part draw what they draw in the whole: element i of the part is element
 * `first` + i of the whole.
 */
export function maskSeedFrom(seed: number, first: number): number {
  return (seed + Math.imul(first, 0x9e3779b9)) >>> 0;
}

/** Refuses a dropout rate outside [0, 1). */
export function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1))
    throw new UsageError('usage/dropout-rate', `dropout rate ${rate} is not in [0, 1)`);
}

/** Inverted-dropout factors: 1/(1 − rate) where `maskUniform(seed, index)` >= rate, else 0. */
export function dropoutMask(shape: number[], rate: number, seed: number): tf.Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) mask[i] = maskUniform(seed, i) >= rate ? kept : 0;
  return tf.tensor(mask, shape);
}

import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';

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
export function dropoutMask(shape: number[], rate: number, seed: number): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  const kept = 1 / (1 - rate);
  const mask = new Float32Array(size);
  for (let i = 0; i < size; i++) mask[i] = maskUniform(seed, i) >= rate ? kept : 0;
  return tensor(mask, shape);
}

/** `rate` in units of 2^-24, as the wasm kernels compare it: keep where the 24 random bits are >= it. */
export function dropThreshold(rate: number): number {
  return Math.ceil(rate * 16777216);
}

import type { RandomStream } from '@polytag/core';

/** Lowest and highest value of a uniform draw. */
export type Range = readonly [low: number, high: number];

export function between(random: RandomStream, [low, high]: Range): number {
  return low + (high - low) * random.uniform();
}

export function pick<T>(random: RandomStream, list: readonly T[]): T {
  return list[random.integer(list.length)];
}

/** The index drawn from weights that sum to 1. */
export function weighted(random: RandomStream, weights: readonly number[]): number {
  let rest = random.uniform();
  for (let i = 0; i < weights.length - 1; i++) {
    rest -= weights[i];
    if (rest < 0) return i;
  }
  return weights.length - 1;
}

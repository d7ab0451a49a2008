import type { RandomStream } from '@polytag/core';
import { ParzenEstimator } from './parzen-estimator.js';
import { ratesOf, snap, support, type SearchSpace } from './search-space.js';

/** A rate that was tried. */
export interface ScoredRate {
  readonly learningRate: number;
  /** Higher is better; -Infinity for a trial that diverged. */
  readonly score: number;
}

export interface TpeOptions {
  /** Trials at the start whose rates are drawn evenly. Default 5. */
  readonly startUpTrials?: number;
  /** Rates drawn for each trial, of which the most promising is tried. Default 24. */
  readonly candidates?: number;
}

/** At most this many trials count as good ones. */
const MOST_GOOD = 25;

/**
 * The next learning rate to try, by a tree-structured Parzen estimator (Bergstra et al., 2011; docs/method.md#tpe). The
 * best tenth of the trials and the rest each give a density; of some rates drawn from the first, the one with the
 * largest ratio of the two is tried. A rate is never tried twice.
 *
 * @param tried all trials so far, in any order
 * @param random a stream that belongs to this trial
 * @returns undefined when every rate of a grid has been tried
 */
export function suggestRate(
  space: SearchSpace,
  tried: readonly ScoredRate[],
  random: RandomStream,
  { startUpTrials = 5, candidates = 24 }: TpeOptions = {},
): number | undefined {
  const seen = new Set(tried.map(({ learningRate }) => learningRate));
  const left = ratesOf(space)?.filter((rate) => !seen.has(rate));
  if (left?.length === 0) return undefined;
  if (tried.length < startUpTrials) {
    return left ? left[random.integer(left.length)] : space.min + (space.max - space.min) * random.uniform();
  }
  const ranked = [...tried].sort((a, b) => b.score - a.score).map(({ learningRate }) => learningRate);
  const good = Math.min(Math.ceil(0.1 * ranked.length), MOST_GOOD);
  const { low, high } = support(space);
  const [best, rest] = [ranked.slice(0, good), ranked.slice(good)].map(
    (rates) => new ParzenEstimator(rates, low, high),
  );
  const drawn = Array.from({ length: candidates }, () => snap(space, best.draw(random)));
  const untried = drawn.filter((rate) => !seen.has(rate));
  const promise = (rate: number) => best.density(rate) / rest.density(rate);
  // When all that was drawn is known, the whole rest of the grid competes.
  return mostBy(untried.length > 0 ? untried : left!, promise);
}

function mostBy(rates: readonly number[], value: (rate: number) => number): number {
  return rates.reduce((most, rate) => (value(rate) > value(most) ? rate : most));
}

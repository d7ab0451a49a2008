import fc from 'fast-check';
import { RandomStream } from '@polytag/core';
import { ratesOf, type SearchSpace } from './search-space.js';
import { suggestRate, type ScoredRate } from './tpe.js';

const space: SearchSpace = { min: 1e-5, max: 1e-3, step: 1e-5 };

/** A search of `trials` trials; start-up trials alone are a random search. */
function search(
  score: (rate: number) => number,
  { trials = 15, seed = 1, startUpTrials = 5, within = space } = {},
): ScoredRate[] {
  const tried: ScoredRate[] = [];
  for (let trial = 0; trial < trials; trial++) {
    const random = new RandomStream(seed, `trial/${trial}`);
    const learningRate = suggestRate(within, tried, random, { startUpTrials });
    if (learningRate === undefined) break;
    tried.push({ learningRate, score: score(learningRate) });
  }
  return tried;
}

const best = (tried: readonly ScoredRate[]) => Math.max(...tried.map(({ score }) => score));

/** Score against learning rate as trainings show it, best at 0.00042, 0.00011 and 0.0009. */
const functions: readonly [string, (rate: number) => number][] = [
  ['a hill', (rate) => -((rate - 4.2e-4) ** 2)],
  ['a slow rise and a cliff', (rate) => (rate <= 9e-4 ? rate : 9e-4 - 8 * (rate - 9e-4))],
  ['a hill at the low end, in the logarithm', (rate) => -(Math.log(rate / 1.1e-4) ** 2)],
];

it.each(functions)('finds the optimum of %s better than random search, on average over seeds', (_, score) => {
  const top = Math.max(...ratesOf(space)!.map(score));
  /** What is missing to the top after 15 and after 30 trials. */
  const regrets = (startUpTrials: number) => {
    const searches = Array.from({ length: 60 }, (__, seed) =>
      search(score, { seed, startUpTrials, trials: 30 }),
    );
    return [15, 30].map((trials) =>
      searches.reduce((sum, tried) => sum + (top - best(tried.slice(0, trials))) / searches.length, 0),
    );
  };
  const [tpe, random] = [regrets(5), regrets(Infinity)];
  expect(tpe[0]).toBeLessThan(0.85 * random[0]);
  expect(tpe[1]).toBeLessThan(0.2 * random[1]);
});

it('keeps to the grid and its bounds, and never repeats a rate, until all are tried', () => {
  fc.assert(
    fc.property(fc.nat(1000), fc.integer({ min: 1, max: 30 }), (seed, points) => {
      const within = { min: 1e-4, max: points * 1e-4, step: 1e-4 };
      const rates = search((rate) => -rate, { seed, trials: points + 3, within }).map(
        ({ learningRate }) => learningRate,
      );
      expect(rates.sort((a, b) => a - b)).toEqual(ratesOf(within));
    }),
    { numRuns: 40 },
  );
});

it('without a step takes any rate between the bounds', () => {
  const within = { min: 0.004, max: 0.03 };
  const rates = search((rate) => -((rate - 0.01) ** 2), { within }).map(({ learningRate }) => learningRate);
  expect(rates.every((rate) => rate >= 0.004 && rate <= 0.03)).toBe(true);
  expect(new Set(rates).size).toBe(15);
});

it('gives the same rates for the same seed', () => {
  const score = functions[0][1];
  expect(search(score, { seed: 7 })).toEqual(search(score, { seed: 7 }));
  expect(search(score, { seed: 7 })).not.toEqual(search(score, { seed: 8 }));
});

it('stays away from rates that diverged', () => {
  const score = (rate: number) => (rate > 5e-4 ? -Infinity : -((rate - 2e-4) ** 2));
  const later = Array.from({ length: 40 }, (_, seed) => search(score, { seed, trials: 25 }).slice(5)).flat();
  // At random it would be half of them.
  expect(later.filter((trial) => trial.score === -Infinity).length / later.length).toBeLessThan(0.3);
});

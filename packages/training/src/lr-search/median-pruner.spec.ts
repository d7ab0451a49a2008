import { shouldPrune } from './median-pruner.js';

const finished = [
  [0.1, 0.5],
  [0.2, 0.6],
  [0.3, 0.7],
  [0.4, 0.8],
  [0.5, 0.9],
];

it.each([
  ['below the median of the same epoch', [0.29], true],
  ['at the median', [0.3], false],
  ['below the median of a later epoch', [0.4, 0.45], true],
  ['with its best score in an earlier epoch', [0.7, 0.1], false],
  ['in an epoch that no other reached', [0, 0, 0], false],
] as const)('a trial %s', (_, scores, expected) => {
  expect(shouldPrune(scores, finished)).toBe(expected);
});

it('is the mean of the middle two of an even number', () => {
  const six = [...finished, [0.6, 1]];
  expect([shouldPrune([0.34], six), shouldPrune([0.35], six)]).toEqual([true, false]);
});

it('gives no trial up before five have finished', () => {
  expect(shouldPrune([0], finished.slice(1))).toBe(false);
});

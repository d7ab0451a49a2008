import { flagVector, flagVectorLength } from './flag-vector.js';

it.each<[string, readonly (readonly unknown[])[], number | undefined]>([
  ['numbers', [[1, 0, 1], [0, 1, 0]], 3], // prettier-ignore
  ['texts, as NumPy prints them', [['1.', '0.', '1.'], ['0.', '1.', '0.']], 3], // prettier-ignore
  ['words', [['True', 'False']], 2],
  ['yes, no and unknown', [[true, false, -1]], 3],
  ['an image with none', [[0, 0], [0, 1]], 2], // prettier-ignore
  ['numbers of labels', [[0, 1], [1, 0]], undefined], // prettier-ignore
  ['lists of several lengths', [[1, 1], [0]], undefined], // prettier-ignore
  ['other numbers', [[1, 1, 2]], undefined],
  ['names', [['yes', 'yes', 'no']], undefined],
  ['single numbers', [[0], [0]], undefined],
  ['no list', [], undefined],
])('tells lists of yes and no by position from others: %s', (_, lists, expected) => {
  expect(flagVectorLength(lists)).toBe(expected);
});

it('gives the positions of each answer', () => {
  expect(flagVector([1, '0.0', 'True', -1])).toEqual({ present: [0, 2], absent: [1], unknown: [3] });
});

import fc from 'fast-check';
import { evenParts, partsOfAtMost } from './even-parts.js';

it.each([
  [8, 2, [4, 4]],
  [7, 3, [3, 2, 2]],
  [5, 1, [5]],
  [2, 4, [1, 1]],
])('cuts %i into %i ranges, the first get the one more', (size, count, lengths) => {
  expect(evenParts(size, count).map(({ from, to }) => to - from)).toEqual(lengths);
});

it('takes the fewest ranges of at most so many, which cover all in order and differ by one at most', () => {
  expect(partsOfAtMost(9, Infinity)).toEqual([{ from: 0, to: 9 }]);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }), (size, most) => {
      const parts = partsOfAtMost(size, most);
      const lengths = parts.map(({ from, to }) => to - from);
      expect(parts).toHaveLength(Math.ceil(size / most));
      expect(Math.max(...lengths)).toBeLessThanOrEqual(most);
      expect(Math.max(...lengths) - Math.min(...lengths)).toBeLessThanOrEqual(1);
      expect([0, ...parts.map(({ to }) => to)]).toEqual([...parts.map(({ from }) => from), size]);
    }),
  );
});

import fc from 'fast-check';
import { roundKeepingSum } from './round-keeping-sum.js';

it.each([
  ['rounds half to even where the sum allows it', [0.5, 1.5], [0, 2]],
  ['adds to the later of those that lost as much', [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1]],
  ['takes from the earlier of those that won as much', [0.75, 0.75, 0.75, 0.75], [0, 1, 1, 1]],
  ['adds to the one that lost most', [0.2, 0.4, 0.4, 3], [0, 0, 1, 3]],
])('%s', (_what, values, rounded) => {
  expect(roundKeepingSum(values)).toEqual(rounded);
});

it('keeps the sum, moves nothing by 1 or more, and leaves whole numbers alone', () => {
  const eighths = fc.array(
    fc.nat(800).map((n) => n / 8),
    { minLength: 1, maxLength: 12 },
  );
  fc.assert(
    fc.property(eighths, (values) => {
      const rounded = roundKeepingSum(values);
      const sum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
      expect(Math.abs(sum(rounded) - sum(values))).toBeLessThanOrEqual(0.5);
      rounded.forEach((value, i) => {
        expect(Number.isInteger(value)).toBe(true);
        expect(Math.abs(value - values[i])).toBeLessThan(Number.isInteger(values[i]) ? 1e-9 : 1);
      });
    }),
  );
});

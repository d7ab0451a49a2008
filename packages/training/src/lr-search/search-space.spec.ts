import fc from 'fast-check';
import { ratesOf, snap } from './search-space.js';

it('is a linear grid with both ends, as a person writes it', () => {
  expect(ratesOf({ min: 1e-5, max: 5e-5, step: 1e-5 })).toEqual([1e-5, 2e-5, 3e-5, 4e-5, 5e-5]);
  expect(ratesOf({ min: 0.1, max: 0.35, step: 0.1 })).toEqual([0.1, 0.2, 0.3]);
  expect(ratesOf({ min: 0.1, max: 1 })).toBeUndefined();
});

it("has every rate that it snaps to, and the paper's has a hundred", () => {
  const space = { min: 1e-5, max: 1e-3, step: 1e-5 };
  const rates = new Set(ratesOf(space));
  expect(rates.size).toBe(100);
  fc.assert(
    fc.property(fc.double({ min: -1e-3, max: 2e-3, noNaN: true }), (rate) => rates.has(snap(space, rate))),
  );
});

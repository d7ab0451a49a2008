import fc from 'fast-check';
import { cosineRestarts } from './cosine-restarts.js';
import { expectFactors, factors } from './trace.fixture.js';

const half = (start: number, end: number, fraction: number) =>
  end + ((start - end) * (1 + Math.cos(Math.PI * fraction))) / 2;

it('rises in a line, falls in a cosine, and starts again, longer and lower', () => {
  const schedule = cosineRestarts({
    firstCycleSteps: 5,
    warmUpSteps: 2,
    cycleMult: 2,
    minFactor: 0.1,
    gamma: 0.5,
  });
  expectFactors(factors(schedule, 5 + 8 + 2), [
    // 5 steps: 2 up to 1, 3 down.
    ...[0.1, 0.55, 1, half(1, 0.1, 1 / 3), half(1, 0.1, 2 / 3)],
    // (5 − 2)·2 + 2 = 8 steps, up to 0.5.
    ...[0.1, 0.3, 0.5, ...[1, 2, 3, 4, 5].map((i) => half(0.5, 0.1, i / 6))],
    // 14 steps, up to 0.25.
    ...[0.1, 0.175],
  ]);
  expect([1, 2].map((step) => schedule.warmUpFinished(step))).toEqual([false, true]);
});

it('stays between its lowest rate and its peak', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 30 }),
      fc.double({ min: 0.3, max: 3, noNaN: true }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      fc.nat(500),
      (firstCycleSteps, cycleMult, minFactor, step) => {
        const { factor } = cosineRestarts({ firstCycleSteps, cycleMult, minFactor, warmUpSteps: 1 }).at(step);
        return factor >= minFactor - 1e-12 && factor <= 1 + 1e-12;
      },
    ),
  );
});

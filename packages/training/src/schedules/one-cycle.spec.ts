import fc from 'fast-check';
import { constant } from './schedule.js';
import { oneCycle } from './one-cycle.js';

describe('the example of docs/method.md#one-cycle: peak 0.007, 10 epochs of 20 steps', () => {
  const cycle = oneCycle({ totalSteps: 200, pctStart: 0.2, finalDivFactor: 1000 });

  it.each([
    [0, 7e-5, 0.95],
    [39, 0.007, 0.85],
    [199, 7e-8, 0.95],
  ])('step %d: learning rate %d, momentum %d', (step, learningRate, momentum) => {
    const at = cycle.at(step);
    expect(0.007 * at.factor).toBeCloseTo(learningRate, 15);
    expect(at.momentum).toBeCloseTo(momentum, 12);
  });

  it('has warmed up from step 39 on', () => {
    expect([38, 39, 40].map((step) => cycle.warmUpFinished(step))).toEqual([false, true, true]);
  });
});

it('rises to its peak, falls after it, and moves momentum against the learning rate', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 400 }),
      fc.double({ min: 0.05, max: 0.95, noNaN: true }),
      fc.integer({ min: 2, max: 1000 }),
      (totalSteps, pctStart, divFactor) => {
        const cycle = oneCycle({ totalSteps, pctStart, divFactor, finalDivFactor: 10 });
        const points = Array.from({ length: totalSteps }, (_, step) => cycle.at(step));
        const peak = pctStart * totalSteps - 1;
        const monotone = points.slice(1).every((now, i) => {
          const before = points[i];
          if (i + 1 <= peak) return now.factor >= before.factor && now.momentum! <= before.momentum!;
          return i <= peak || (now.factor <= before.factor && now.momentum! >= before.momentum!);
        });
        const inBounds = points.every(
          ({ factor, momentum }) =>
            factor > 0 && factor < 1 + 1e-12 && momentum! > 0.85 - 1e-12 && momentum! < 0.95 + 1e-12,
        );
        expect({ monotone, inBounds }).toEqual({ monotone: true, inBounds: true });
        expect(points[totalSteps - 1].factor).toBeCloseTo(1 / divFactor / 10, 12);
      },
    ),
  );
});

it.each([1, 2, 5, 10])(
  'is finite in a run of %d steps, also when the peak is its first step',
  (totalSteps) => {
    const cycle = oneCycle({ totalSteps, pctStart: 0.2 });
    for (let step = 0; step < totalSteps; step++) {
      expect(Number.isFinite(cycle.at(step).factor)).toBe(true);
      expect(Number.isFinite(cycle.at(step).momentum!)).toBe(true);
    }
  },
);

it('stays at its end after its last step', () => {
  const cycle = oneCycle({ totalSteps: 20 });
  expect(cycle.at(50)).toEqual(cycle.at(19));
});

it('constant leaves learning rate and momentum alone', () => {
  expect(constant().at(7)).toEqual({ factor: 1 });
});

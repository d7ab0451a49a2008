import { linearWarmUp } from './linear-warm-up.js';
import { oneCycle } from './one-cycle.js';
import { reduceOnPlateau } from './reduce-on-plateau.js';
import { singleStep } from './step-decay.js';
import { expectFactors, factors } from './trace.fixture.js';

it('rises to where the schedule begins, which then runs from its own step 0', () => {
  const schedule = linearWarmUp(singleStep({ stepSize: 2 }), { steps: 4, startFactor: 0.2 });
  expectFactors(factors(schedule, 8), [0.2, 0.4, 0.6, 0.8, 1, 1, 0.1, 0.1]);
  expect([3, 4].map((step) => schedule.warmUpFinished(step))).toEqual([false, true]);
});

it("has the schedule's first momentum, and waits for its peak too", () => {
  const cycle = oneCycle({ totalSteps: 20, pctStart: 0.5 });
  const schedule = linearWarmUp(cycle, { steps: 4 });
  expect(schedule.at(2).momentum).toBe(cycle.at(0).momentum);
  expect(schedule.at(9)).toEqual(cycle.at(5));
  expect([12, 13].map((step) => schedule.warmUpFinished(step))).toEqual([false, true]);
});

it('keeps the scores of the warm-up to itself', () => {
  const schedule = linearWarmUp(reduceOnPlateau({ patience: 0 }), { steps: 2 });
  for (const step of [1, 2, 3, 4]) schedule.memory!.observe({ loss: 1 }, step);
  expect(schedule.memory!.state).toMatchObject({ epochs: 2 });
  expect(schedule.at(5).factor).toBeCloseTo(0.1, 12);
});

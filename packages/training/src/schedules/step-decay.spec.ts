import { everyEpoch } from './schedule.js';
import { multiStep, singleStep } from './step-decay.js';
import { expectFactors, factors } from './trace.fixture.js';

// Expected factors: learning rates of torch 1.13's StepLR and MultiStepLR at base rate 1.
it('single-step decays after every stepSize', () => {
  const schedule = singleStep({ stepSize: 3, gamma: 0.5 });
  expectFactors(factors(schedule, 8), [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]);
});

it('multi-step decays at its milestones', () => {
  const schedule = multiStep({ milestones: [2, 5] });
  expectFactors(factors(schedule, 8), [1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01]);
});

it('counted in epochs, stands still within each', () => {
  const schedule = everyEpoch(multiStep({ milestones: [1, 2] }), 3);
  expectFactors(factors(schedule, 9), [1, 1, 1, 0.1, 0.1, 0.1, 0.01, 0.01, 0.01]);
  expect(schedule.at(4).momentum).toBeUndefined();
});

import { cosine } from './cosine.js';
import { expectFactors, factors } from './trace.fixture.js';

it('falls as torch 1.13: CosineAnnealingLR(6, eta_min=0.1) at base rate 1, and stays at its end', () => {
  const schedule = cosine({ totalSteps: 6, minFactor: 0.1 });
  expectFactors(factors(schedule, 9), [1, 0.939711431703, 0.775, 0.55, 0.325, 0.160288568297, 0.1, 0.1, 0.1]);
});

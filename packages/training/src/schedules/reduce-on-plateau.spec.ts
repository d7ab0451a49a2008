import { reduceOnPlateau, type ReduceOnPlateauOptions } from './reduce-on-plateau.js';
import { expectFactors } from './trace.fixture.js';

/** The factor in each epoch, before its score is told. */
function run(options: ReduceOnPlateauOptions, scores: readonly number[]): number[] {
  const schedule = reduceOnPlateau(options);
  return scores.map((score, epoch) => {
    const { factor } = schedule.at(epoch);
    schedule.memory!.observe({ loss: score, mAP: score }, epoch + 1);
    return factor;
  });
}

// Expected factors: learning rates of torch 1.13's ReduceLROnPlateau at base rate 1, for the same scores.
it('lowers the rate when the loss stops falling', () => {
  const losses = [9, 8, 8, 7.9999, 8.1, 8, 6, 6, 6, 6, 6, 6];
  expectFactors(
    run({ patience: 2, minFactor: 0.005 }, losses),
    [1, 1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.01, 0.01],
  );
});

it('lowers the rate when mAP stops rising, but not below its least', () => {
  const scores = [0.2, 0.5, 0.5, 0.50005, 0.4, 0.45, 0.6, 0.6, 0.6, 0.6, 0.6, 0.6];
  expectFactors(
    run({ metric: 'mAP', gamma: 0.3, patience: 1, minFactor: 0.01 }, scores),
    [1, 1, 1, 1, 0.3, 0.3, 0.09, 0.09, 0.09, 0.027, 0.027, 0.01],
  );
});

it('is forced to lower a rate that it never lowered, once', () => {
  const falling = [9, 8, 7, 6, 5, 4, 3, 2];
  expectFactors(run({ forceAfter: 6 }, falling), [1, 1, 1, 1, 1, 1, 0.1, 0.1]);
  const flat = [9, 9, 9, 9, 5, 4, 3, 2];
  expectFactors(run({ patience: 2, forceAfter: 6 }, flat), [1, 1, 1, 1, 0.1, 0.1, 0.1, 0.1]);
});

it('passes over epochs without a score', () => {
  const schedule = reduceOnPlateau({ metric: 'mAP', patience: 1 });
  schedule.memory!.observe({ loss: 1, mAP: 0.5 }, 1);
  for (let epoch = 1; epoch < 9; epoch++) schedule.memory!.observe({ loss: 1 }, epoch + 1);
  expect(schedule.at(9).factor).toBe(1);
});

it('goes on from its saved state', () => {
  const losses = [9, 8, 8, 8, 8, 8, 8, 8, 8];
  const straight = run({ patience: 2 }, losses);
  const first = reduceOnPlateau({ patience: 2 });
  losses.slice(0, 4).forEach((loss, i) => first.memory!.observe({ loss }, i + 1));
  const second = reduceOnPlateau({ patience: 2 });
  second.memory!.restore(JSON.parse(JSON.stringify(first.memory!.state)));
  losses.slice(4).forEach((loss, i) => {
    expect(second.at(i + 4).factor).toBe(straight[i + 4]);
    second.memory!.observe({ loss }, i + 5);
  });
});

import { RangeTest } from './range-test.js';

const options = { startRate: 1e-3, endRate: 10, steps: 41, smoothing: 1, skipStart: 2, skipEnd: 2 };

function run(lossAt: (learningRate: number, step: number) => number, more = {}): RangeTest {
  const test = new RangeTest({ ...options, ...more });
  for (let step = 0; !test.finished; step++) test.add(lossAt(test.learningRate, step));
  return test;
}

it('raises the rate exponentially from the first to the last', () => {
  const rates = run(() => 1).points.map(({ learningRate }) => learningRate);
  expect(rates).toHaveLength(41);
  expect([rates[0], rates[20], rates[40]].map((rate) => Math.log10(rate))).toEqual([
    -3,
    expect.closeTo(-1, 12),
    expect.closeTo(1, 12),
  ]);
});

it('suggests the rate at which the loss falls fastest', () => {
  // In log10 of the rate, a falling logistic is steepest at its middle: 10^-1.5.
  const { suggestion } = run((rate) => 1 / (1 + Math.exp(6 * (Math.log10(rate) + 1.5))));
  expect(Math.log10(suggestion!.learningRate)).toBeCloseTo(-1.5, 6);
});

it('smooths the loss', () => {
  const { points } = run((_, step) => (step === 0 ? 2 : 1), { smoothing: 0.25 });
  expect(points.slice(0, 3).map(({ smoothed }) => smoothed)).toEqual([2, 1.75, 1.5625]);
});

it('ends when the loss grows beyond `divergence` times its least, or is not finite', () => {
  expect(run((_, step) => (step < 9 ? 1 : 6)).points).toHaveLength(10);
  expect(run((_, step) => (step < 9 ? 1 : NaN)).points).toHaveLength(9);
});

it('suggests nothing of too few points', () => {
  expect(run((_, step) => (step < 5 ? 1 : Infinity)).suggestion).toBeUndefined();
});

import { RandomStream } from '@polytag/core';
import { ParzenEstimator } from './parzen-estimator.js';

const integrate = (f: (x: number) => number, low: number, high: number, steps = 20_000) => {
  const width = (high - low) / steps;
  return (
    Array.from({ length: steps }, (_, i) => f(low + (i + 0.5) * width)).reduce((a, b) => a + b, 0) * width
  );
};

it.each([[[]], [[0.5]], [[1, 1, 2.9]], [[0, 3, 0.4, 0.41]]])('is a density: %j', (values) => {
  const estimator = new ParzenEstimator(values, 0, 3);
  expect(integrate((x) => estimator.density(x), 0, 3)).toBeCloseTo(1, 5);
  expect([estimator.density(-0.01), estimator.density(3.01)]).toEqual([0, 0]);
});

it('is high where values were seen', () => {
  const estimator = new ParzenEstimator([0.5, 0.6, 0.7], 0, 3);
  expect(estimator.density(0.6)).toBeGreaterThan(3 * estimator.density(2.5));
});

it('draws from its density', () => {
  const estimator = new ParzenEstimator([0.5, 0.6, 2.8], 0, 3);
  const random = new RandomStream(1, 'draws');
  const drawn = Array.from({ length: 20_000 }, () => estimator.draw(random));
  expect(drawn.every((value) => value >= 0 && value <= 3)).toBe(true);
  for (const [low, high] of [
    [0, 1],
    [1, 2],
    [2, 3],
  ]) {
    const expected = integrate((x) => estimator.density(x), low, high, 2000);
    const share = drawn.filter((value) => value >= low && value < high).length / drawn.length;
    // Five standard errors.
    expect(Math.abs(share - expected)).toBeLessThan(5 * Math.sqrt(0.25 / drawn.length));
  }
});

import { tensor2d } from '@tensorflow/tfjs-core';
import { useEngine } from '@polytag/engine';
import { labelAdjacency, normaliseAdjacency } from './index.js';

beforeAll(() => useEngine('cpu'));

const cooccurrence = { rows: 3, columns: 3, values: Float32Array.of(0, 0.7, 0.1, 0.2, 0, 0.7, 0.4, 0.5, 0) };

it('joins labels from τ on, τ itself included, and shares ρ among a column', () => {
  const { values } = labelAdjacency(cooccurrence, { tau: 0.4, rho: 0.25 });
  const half = 0.25 / (2 + 1e-6);
  const whole = 0.25 / (1 + 1e-6);
  [1, half, 0, 0, 1, whole, whole, half, 1].forEach((value, i) => expect(values[i]).toBeCloseTo(value, 6));
  // 0.7 in float32 is below 0.7 in float64.
  expect(labelAdjacency(cooccurrence, { tau: 0.7, rho: 0 }).values[1]).toBe(1);
});

it('is binary and without a diagonal when ρ is 0', () => {
  const { values } = labelAdjacency(cooccurrence, { tau: 0.4, rho: 0 });
  expect([...values]).toEqual([0, 1, 0, 0, 0, 1, 1, 1, 0]);
});

it('normalises by row sums and transposes', () => {
  const a = [
    [1, 3],
    [0, 4],
  ];
  // d = (1/2, 1/2); Â[i,j] = d[i]·A[j,i]·d[j].
  expect([...normaliseAdjacency(tensor2d(a)).dataSync()]).toEqual([0.25, 0, 0.75, 1]);
});

import { RandomStream } from '@polytag/core';
import fc from 'fast-check';
import { squaredDistance, weightedKMeans } from './weighted-k-means.js';

const LENGTH = 2;
const data = fc
  .array(
    fc.tuple(
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: -9, max: 9 }),
      fc.integer({ min: 0, max: 5 }),
    ),
    {
      minLength: 3,
      maxLength: 30,
    },
  )
  .map((rows) => ({
    points: Float32Array.from(rows.flatMap(([x, y]) => [x, y])),
    weights: Float64Array.from(rows, ([, , weight]) => weight),
  }));

it('gives each point its nearest centre, and each centre the weighted mean of its points', () => {
  fc.assert(
    fc.property(data, fc.integer({ min: 1, max: 3 }), fc.nat(), ({ points, weights }, k, seed) => {
      const { centres, nearest } = weightedKMeans({ points, weights }, k, new RandomStream(seed));
      nearest.forEach((centre, i) => {
        const distances = Array.from({ length: k }, (_, c) => squaredDistance(points, i, centres, c, LENGTH));
        expect(distances[centre]).toBeLessThanOrEqual(Math.min(...distances) + 1e-4);
      });
      for (let c = 0; c < k; c++) {
        const own = [...nearest.keys()].filter((i) => nearest[i] === c);
        const total = own.reduce((sum, i) => sum + weights[i], 0);
        if (total === 0) continue;
        for (let j = 0; j < LENGTH; j++) {
          const mean = own.reduce((sum, i) => sum + weights[i] * points[i * LENGTH + j], 0) / total;
          expect(centres[c * LENGTH + j]).toBeCloseTo(mean, 4);
        }
      }
    }),
  );
});

it('depends on the seed alone, and begins with points of which each has its own place', () => {
  const points = Float32Array.from([0, 0, 0, 0, 5, 5, 9, 0]);
  const weights = Float64Array.from([1, 1, 1, 1]);
  for (let seed = 0; seed < 20; seed++) {
    const once = weightedKMeans({ points, weights }, 3, new RandomStream(seed));
    expect(weightedKMeans({ points, weights }, 3, new RandomStream(seed))).toEqual(once);
    expect(once.nearest[0]).toBe(once.nearest[1]);
    expect(new Set(once.nearest).size).toBe(3);
  }
});

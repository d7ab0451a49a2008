import fc from 'fast-check';
import { imageScores } from './image-scores.js';

const one = (scores: readonly number[], options = {}) =>
  imageScores(Float64Array.from(scores), scores.length, options)[0];

describe('imageScores', () => {
  it('weighs the worst label most', () => {
    expect(one([1, 0.5, 0])).toBeCloseTo(0.8 * 0 + 0.16 * 0.5 + 0.04 * 1, 12);
    // α = 2/(3 + 1)
    expect(one([0, 1, 0.5], { alpha: null })).toBeCloseTo(0.25 * 0.5 + 0.25 * 1, 12);
  });

  it('is a softmin', () => {
    const [a, b] = [Math.exp(0.8 / 0.5), Math.exp(0.2 / 0.5)];
    expect(one([0.2, 0.8], { method: 'softmin', temperature: 0.5 })).toBeCloseTo(
      (0.2 * a + 0.8 * b) / (a + b),
      12,
    );
    // Where all weights but the worst vanish.
    expect(one([0.25, 1], { method: 'softmin', temperature: 1e-4 })).toBe(0.25);
  });

  it('leaves out what is unknown', () => {
    expect([...imageScores(Float64Array.of(NaN, 0.5, 1, NaN, 1, 0.5, NaN, NaN, NaN), 3)]).toEqual([
      one([0.5, 1]),
      one([1, 0.5]),
      1,
    ]);
    expect([...imageScores(new Float64Array(), 0)]).toEqual([]);
  });

  it('lies between the worst label and the best, in any order of them', () => {
    const scores = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(scores, fc.constantFrom({}, { alpha: null }, { method: 'softmin' }), (values, options) => {
        const score = one(values, options);
        expect(score).toBeGreaterThanOrEqual(Math.min(...values) - 1e-12);
        expect(score).toBeLessThanOrEqual(Math.max(...values) + 1e-12);
        expect(one(values.toReversed(), options)).toBeCloseTo(score, 12);
      }),
    );
  });
});

import { DivergenceError, UsageError } from '@polytag/core';
import { scoresFromOutputs, scoreTable } from './score-table.js';

describe('scoresFromOutputs', () => {
  it('applies the scale before the sigmoid', () => {
    const [low, middle, high] = scoresFromOutputs(Float32Array.of(-0.5, 0, 0.5), 20);
    expect(low).toBeCloseTo(1 / (1 + Math.exp(10)), 15);
    expect(middle).toBe(0.5);
    expect(high).toBeCloseTo(1 / (1 + Math.exp(-10)), 15);
  });

  it('keeps apart outputs that float32 would round to 1, and takes infinite ones', () => {
    const [a, b, infinite, minusInfinite] = scoresFromOutputs([20, 21, Infinity, -Infinity], 1);
    expect(Math.fround(a)).toBe(Math.fround(b));
    expect(b).toBeGreaterThan(a);
    expect([infinite, minusInfinite]).toEqual([1, 0]);
  });
});

describe('scoreTable', () => {
  it('refuses matrices of the wrong size', () => {
    expect(() => scoreTable([1, 0], [1], { images: 1, classes: 2 })).toThrow(UsageError);
    expect(() => scoreTable([1], [1, 0], { images: 1, classes: 2 })).toThrow('need 2 scores, got 1');
  });

  it('names the image and class of a score that is not a number', () => {
    const make = () => scoreTable([0, 0, 0, NaN], [0, 0, 0, 0], { images: 2, classes: 2 });
    expect(make).toThrow(DivergenceError);
    expect(make).toThrow('image 1 for class 1');
  });
});

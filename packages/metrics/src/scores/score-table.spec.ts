import { DivergenceError, UsageError } from '@polytag/core';
import { logitsFromOutputs, scoresFromOutputs, scoreTable } from './score-table.js';

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

describe('with mirror images', () => {
  const [outputs, mirrored] = [
    [-3, 0.2, 5, 40, -40],
    [1, 0.2, -2, 38, -800],
  ];
  const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
  const means = outputs.map((output, i) => (sigmoid(2 * output) + sigmoid(2 * mirrored[i])) / 2);

  it('is the mean of both probabilities', () => {
    expect([...scoresFromOutputs(outputs, 2, undefined, mirrored)]).toEqual(means);
  });

  it('gives the logit of that mean, where probabilities are 0 or 1 as well', () => {
    const logits = logitsFromOutputs(outputs, 2, mirrored);
    for (const i of [0, 1, 2]) expect(logits[i]).toBeCloseTo(Math.log(means[i] / (1 - means[i])), 12);
    // 1 − p is the mean of exp(−80) and exp(−76); p is half of exp(−80).
    expect(logits[3]).toBeCloseTo(76 - Math.log((1 + Math.exp(-4)) / 2), 12);
    expect(logits[4]).toBeCloseTo(-80 - Math.log(2), 12);
    expect(logitsFromOutputs([-1000], 1, [-2000])[0]).toBeCloseTo(-1000 - Math.log(2), 9);
    expect(logitsFromOutputs([3], 0.5, [3])[0]).toBeCloseTo(1.5, 15);
  });

  it('calibrates the mean', () => {
    const calibration = { method: 'platt', slopes: [2, 0.5], offsets: [0.1, -1] } as const;
    const scores = scoresFromOutputs(outputs.slice(0, 2), 2, calibration, mirrored.slice(0, 2));
    scores.forEach((score, k) => {
      const logit = Math.log(means[k] / (1 - means[k]));
      expect(score).toBeCloseTo(sigmoid(calibration.slopes[k] * logit + calibration.offsets[k]), 12);
    });
  });
});

describe('scoreTable', () => {
  it('refuses matrices of the wrong size', () => {
    expect(() => scoreTable([1, 0], [1], { images: 1, classes: 2 })).toThrow(UsageError);
    expect(() => scoreTable([1], [1, 0], { images: 1, classes: 2 })).toThrow(
      'Expected 2 scores (1 image x 2 labels), got 1',
    );
  });

  it('names the image and class of a score that is not a number', () => {
    const make = () => scoreTable([0, 0, 0, NaN], [0, 0, 0, 0], { images: 2, classes: 2 });
    expect(make).toThrow(DivergenceError);
    expect(make).toThrow('image 1 for label 1');
  });
});

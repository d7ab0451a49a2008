import { UsageError } from '@polytag/core';
import { scoreTable } from '../scores/score-table.js';
import { reliability } from './reliability.js';

const table = (scores: readonly number[], targets: readonly number[]) =>
  scoreTable(scores, targets, { images: scores.length, classes: 1 });

describe('reliability', () => {
  it('compares the mean score with the fraction present, interval by interval', () => {
    // [0, 0.5): 0.125, 0.25, 0.375 with one present; [0.5, 1]: 0.5 and 1, both present; 0.75 is not judged.
    const { bins, expectedCalibrationError } = reliability(
      table([0.125, 0.25, 0.375, 0.5, 1, 0.75], [0, 1, 0, 1, 1, -1]),
      2,
    );
    expect(bins).toEqual([
      { from: 0, to: 0.5, count: 3, meanScore: 0.25, present: 1 / 3 },
      { from: 0.5, to: 1, count: 2, meanScore: 0.75, present: 1 },
    ]);
    expect(expectedCalibrationError).toBeCloseTo((3 / 5) * (1 / 3 - 0.25) + (2 / 5) * (1 - 0.75), 12);
  });

  it('has no error when as many are present as the scores say', () => {
    expect(reliability(table([0.25, 0.25, 0.25, 0.25, 1], [1, 0, 0, 0, 1])).expectedCalibrationError).toBe(0);
  });

  it('has no value where there is nothing', () => {
    const { bins, expectedCalibrationError } = reliability(table([0.3], [-1]), 2);
    expect(bins[1]).toEqual({ from: 0.5, to: 1, count: 0, meanScore: NaN, present: NaN });
    expect(expectedCalibrationError).toBeNaN();
  });

  it('refuses scores that are no probabilities', () => {
    const logits = scoreTable([0.5, 0.1, 0.2, 3], [1, 0, 1, 1], { images: 2, classes: 2 });
    expect(() => reliability(logits)).toThrow(UsageError);
    expect(() => reliability(logits)).toThrow('image 1 for label 1 is 3');
  });
});

import { LabelVocabulary, UsageError } from '@polytag/core';
import { scoreTable } from '../scores/score-table.js';
import { best } from './label-score.js';
import { predictAtThreshold, predictTop } from './predictions.js';

const table = (scores: readonly number[], classes: number) =>
  scoreTable(scores, new Float32Array(scores.length), { images: scores.length / classes, classes });

describe('predictAtThreshold', () => {
  it('leaves a score equal to the threshold out, or takes it in', () => {
    expect([...predictAtThreshold(table([0.4, 0.5, 0.6], 3), 0.5)]).toEqual([0, 0, 1]);
    expect([...predictAtThreshold(table([0.4, 0.5, 0.6], 3), 0.5, 'at-least')]).toEqual([0, 1, 1]);
  });

  it('uses a threshold for each class', () => {
    expect([...predictAtThreshold(table([0.4, 0.4, 0.6, 0.6], 2), [0.3, 0.7])]).toEqual([1, 0, 1, 0]);
    expect(() => predictAtThreshold(table([0.4, 0.4], 2), [0.3])).toThrow(UsageError);
  });
});

describe('predictTop', () => {
  it('takes the best of each image, the lower class first among equals', () => {
    expect([...predictTop(table([0.1, 0.9, 0.3, 0.5], 4), 3)]).toEqual([0, 1, 1, 1]);
    expect([...predictTop(table([0.5, 0.5, 0.5, 0.5, 0.7], 5), 3)]).toEqual([1, 1, 0, 0, 1]);
  });

  it('takes all labels when there are fewer', () => {
    expect([...predictTop(table([0.1, 0.9], 2), 3)]).toEqual([1, 1]);
  });

  it('leaves out the best when they score too little', () => {
    expect([...predictTop(table([0.1, 0.9, 0.5, 0.4], 4), 3, 0.5)]).toEqual([0, 1, 1, 0]);
  });
});

it.each([-1, 1.5, NaN])('refuses %d best labels', (k) => {
  const labels = new LabelVocabulary(['a', 'b']);
  expect(() => best([0.1, 0.2], labels, k)).toThrow('expected a whole number of at least 0');
});

import { UsageError } from '@polytag/core';
import { evaluateScores } from './evaluate-scores.js';

const labels = ['bird', 'cat', 'dog'];
const targets = [1, 0, 0, 0, 1, 0, 1, 0, -1];
const outputs = [2, -1, -3, -2, 0.5, -1, 1, 1, 5];

describe('evaluateScores', () => {
  it('reports counts beside the metrics', () => {
    const report = evaluateScores({ outputs, scale: 1, targets, images: 3, labels });
    expect([...report.positives]).toEqual([2, 1, 0]);
    expect(report.emptyClasses).toEqual([2]);
    expect([...report.known]).toEqual([3, 3, 2]);
    expect(report.ignored).toBe(1);
    // bird: both positives first; cat: its positive second; dog: none.
    expect(report.mAP).toBeCloseTo((1 + 0.5 + 0) / 3, 7);
    expect(report.mAPOccurring).toBeCloseTo(0.75, 7);
    expect(report.mAP).toBeCloseTo((report.mAPOccurring * 2) / 3, 15);
    expect(report.exactMatch).toBeCloseTo(2 / 3, 12);
    expect(report.classThresholds).toBeUndefined();
  });

  it('has one mAP where every label occurs, and none over labels that occur where none does', () => {
    const all = evaluateScores({
      outputs,
      scale: 1,
      targets: [1, 0, 0, 0, 1, 0, 1, 0, 1],
      images: 3,
      labels,
    });
    expect(all.mAPOccurring).toBe(all.mAP);
    const none = evaluateScores({ outputs, scale: 1, targets: Array(9).fill(0), images: 3, labels });
    expect([none.mAP, none.mAPOccurring]).toEqual([0, NaN]);
  });

  it('gives outputs with a scale and their probabilities the same report', () => {
    const scores = outputs.map((z) => 1 / (1 + Math.exp(-4 * z)));
    const thresholds = [0.5, 0.9, 0.5];
    const shared = { targets, images: 3, labels, thresholds };
    expect(evaluateScores({ outputs, scale: 4, ...shared })).toEqual(evaluateScores({ scores, ...shared }));
  });

  it('judges at the thresholds of the classes', () => {
    const report = evaluateScores({
      outputs,
      scale: 1,
      targets,
      images: 3,
      labels,
      thresholds: [0.5, 0.6, 0.5],
    });
    expect(report.threshold.OR).toBe(1);
    expect(report.classThresholds?.perClass.recall[1]).toBe(1);
    expect(report.classThresholds?.perClass.precision[1]).toBe(0.5);
    expect([...(report.classThresholds?.values ?? [])]).toEqual([0.5, 0.6, 0.5]);
  });

  it('says when there is nothing to evaluate', () => {
    expect(() => evaluateScores({ scores: [], targets: [], images: 0, labels })).toThrow(UsageError);
  });
});

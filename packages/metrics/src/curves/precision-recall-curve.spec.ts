import fc from 'fast-check';
import { averagePrecisionsSkipEmpty } from '../average-precision/average-precision.js';
import { precisionRecall } from '../predictions/precision-recall.js';
import { predictAtThreshold } from '../predictions/predictions.js';
import { scoreTable } from '../scores/score-table.js';
import {
  overallPrecisionRecallCurve,
  precisionRecallCurves,
  type PrecisionRecallCurve,
} from './precision-recall-curve.js';

const oneClass = (scores: readonly number[], targets: readonly number[]) =>
  scoreTable(scores, targets, { images: scores.length, classes: 1 });

const numbers = ({ thresholds, precision, recall }: PrecisionRecallCurve) => ({
  thresholds: [...thresholds],
  precision: [...precision],
  recall: [...recall],
});

describe('precisionRecallCurves', () => {
  it('has a point for each recall, at the highest threshold that reaches it', () => {
    const [curve] = precisionRecallCurves(oneClass([0.9, 0.8, 0.7, 0.6, 0.1], [1, 0, 1, 0, 0]));
    expect(numbers(curve)).toEqual({ thresholds: [0.9, 0.7], precision: [1, 2 / 3], recall: [1 / 2, 1] });
  });

  it('lets equal scores pass together', () => {
    const [curve] = precisionRecallCurves(oneClass([0.5, 0.5, 0.5, 0.9], [1, 1, 0, 0]));
    expect(numbers(curve)).toEqual({ thresholds: [0.5], precision: [2 / 4], recall: [1] });
  });

  it('is empty without positives, and leaves out what is not judged', () => {
    const table = scoreTable([0.9, 0.2, 0.8, 0.3], [-1, 0, 1, 0], { images: 2, classes: 2 });
    expect(precisionRecallCurves(table).map(numbers)).toEqual([
      { thresholds: [0.8], precision: [1], recall: [1] },
      { thresholds: [], precision: [], recall: [] },
    ]);
  });

  it('has the average precision as the area of its steps where no scores are equal', () => {
    const targets = fc.array(fc.constantFrom(0, 1, -1), { minLength: 1, maxLength: 40 });
    fc.assert(
      fc.property(targets, (truth) => {
        fc.pre(truth.includes(1));
        const table = oneClass(
          truth.map((_, i) => i / 100),
          truth,
        );
        const [{ precision, recall }] = precisionRecallCurves(table);
        const area = precision.reduce((sum, p, i) => sum + p * (recall[i] - (recall[i - 1] ?? 0)), 0);
        expect(area).toBeCloseTo(averagePrecisionsSkipEmpty(table).mean, 12);
      }),
    );
  });
});

describe('overallPrecisionRecallCurve', () => {
  it('gives OP and OR at each of its thresholds', () => {
    const row = fc.record({
      score: fc.constantFrom(0, 0.2, 0.4, 0.6, 0.8),
      target: fc.constantFrom(0, 1, -1),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 12, maxLength: 12 }), (rows) => {
        const [scores, targets] = [rows.map((r) => r.score), rows.map((r) => r.target)];
        const table = scoreTable(scores, targets, { images: 4, classes: 3 });
        const { thresholds, precision, recall } = overallPrecisionRecallCurve(table);
        expect(thresholds.length > 0).toBe(targets.includes(1));
        thresholds.forEach((threshold, i) => {
          const { OP, OR } = precisionRecall(table, predictAtThreshold(table, threshold, 'at-least'));
          expect([precision[i], recall[i]]).toEqual([OP, OR]);
        });
      }),
    );
  });
});

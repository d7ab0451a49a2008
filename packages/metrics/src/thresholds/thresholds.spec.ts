import fc from 'fast-check';
import { predictAtThreshold } from '../predictions/predictions.js';
import { precisionRecall } from '../predictions/precision-recall.js';
import { scoreTable } from '../scores/score-table.js';
import { authorsThresholds, bestThresholds } from './thresholds.js';

const oneClass = (scores: readonly number[], targets: readonly number[]) =>
  scoreTable(scores, targets, { images: scores.length, classes: 1 });

describe('bestThresholds', () => {
  it('gives the F1 that predicting at the threshold gives, and no score gives a better one', () => {
    const row = fc.record({
      score: fc.integer({ min: 0, max: 20 }).map((n) => n / 20),
      target: fc.constantFrom(0, 1, -1),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const table = oneClass(
          rows.map((r) => r.score),
          rows.map((r) => r.target),
        );
        fc.pre(rows.some((r) => r.target === 1));
        const { thresholds, f1 } = bestThresholds(table);
        const f1At = (t: number) => precisionRecall(table, predictAtThreshold(table, t, 'at-least')).OF1;
        expect(f1[0]).toBeCloseTo(f1At(thresholds[0]), 12);
        for (const { score } of rows) expect(f1At(score)).toBeLessThanOrEqual(f1[0] + 1e-12);
      }),
    );
  });

  it('is not misled by a negative that scores best, as the authors are', () => {
    const table = oneClass([0.9, 0.8, 0.7, 0.1], [0, 1, 1, 0]);
    expect([...bestThresholds(table).thresholds]).toEqual([0.7]);
    expect([...authorsThresholds(table)]).toEqual([0.9]);
  });

  it('agrees with the authors when a positive scores best', () => {
    const table = oneClass([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0]);
    expect([...authorsThresholds(table)]).toEqual([...bestThresholds(table).thresholds]);
  });

  it('gives a class without positives a threshold that does not predict it everywhere', () => {
    const table = oneClass([0.2, 0.1], [0, 0]);
    expect([...bestThresholds(table).thresholds]).toEqual([0.5]);
    expect([...bestThresholds(table, { withoutPositives: 0.9 }).thresholds]).toEqual([0.9]);
    expect([...bestThresholds(table, { withoutPositives: 'lowest-score' }).thresholds]).toEqual([0.1]);
    expect([...bestThresholds(table).f1]).toEqual([0]);
  });
});

import fc from 'fast-check';
import { predictAtThreshold } from '../predictions/predictions.js';
import { precisionRecall } from '../predictions/precision-recall.js';
import { scoreTable } from '../scores/score-table.js';
import { authorsThresholds, bestThresholds, chooseThresholds } from './thresholds.js';

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

describe('chooseThresholds', () => {
  const many = (scores: readonly number[], targets: readonly number[], times: number) =>
    oneClass(
      Array.from({ length: times }, () => scores).flat(),
      Array.from({ length: times }, () => targets).flat(),
    );

  it('lies midway between the two scores that it separates, or midway to 0', () => {
    // Ten positives and more. By hand: at 0.7 F1 is 4/5, at every other score less.
    const { thresholds, positives } = chooseThresholds(many([0.9, 0.8, 0.7, 0.1], [0, 1, 1, 0], 5));
    expect([...thresholds]).toEqual([(0.7 + 0.1) / 2]);
    expect([...positives]).toEqual([10]);
    expect([...chooseThresholds(many([0.9, 0.6], [1, 1], 5)).thresholds]).toEqual([0.3]);
    // No number lies between these two.
    const next = 0.5 + 2 ** -53;
    expect([...chooseThresholds(many([next, 0.5], [1, 0], 10)).thresholds]).toEqual([next]);
  });

  it('predicts on the images it was chosen on what the best score as threshold predicts', () => {
    const row = fc.record({ score: fc.integer({ min: 0, max: 20 }), target: fc.constantFrom(0, 1, -1) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const scores = rows.map((r) => r.score / 20);
        const targets = rows.map((r) => r.target);
        fc.pre(targets.includes(1));
        const table = many(scores, targets, 10);
        const at = (thresholds: Float64Array) =>
          [...predictAtThreshold(table, thresholds, 'at-least')].filter((_, i) => table.targets[i] >= 0);
        expect(at(chooseThresholds(table).thresholds)).toEqual(at(bestThresholds(table).thresholds));
      }),
    );
  });

  it('draws the threshold of a class with few positives to the overall one', () => {
    // Twelve images. The first class has all of them, at 0.8 with a 0.2 below; the second four; the third none.
    const scores = Array.from({ length: 24 }, (_, i) =>
      i < 12 ? [0.8, i < 4 ? 0.6 : 0.1, 0.3] : [0.2, 0.1, 0.3],
    );
    const targets = Array.from({ length: 24 }, (_, i) => [i < 12 ? 1 : 0, i < 4 ? 1 : 0, 0]);
    const table = scoreTable(scores.flat(), targets.flat(), { images: 24, classes: 3 });
    const { thresholds, overall, positives } = chooseThresholds(table);
    // All decisions: 0.6 and more are right, the next lower score of any class is 0.3.
    expect(overall).toBeCloseTo(0.45, 15);
    expect([...positives]).toEqual([12, 4, 0]);
    expect(thresholds[0]).toBeCloseTo(0.5, 15);
    const odds = (probability: number) => probability / (1 - probability);
    const weight = Math.sqrt(0.4);
    expect(odds(thresholds[1])).toBeCloseTo(odds(0.35) ** weight * odds(overall) ** (1 - weight), 12);
    expect(thresholds[2]).toBe(overall);
  });

  it('stays inside 0 and 1 for scores at both ends', () => {
    const { thresholds } = chooseThresholds(
      scoreTable([1, 0, 0, 1, 0, 0.3], [1, 1, 0, 0, 1, 1], { images: 3, classes: 2 }),
    );
    for (const threshold of thresholds) {
      expect(threshold).toBeGreaterThan(0);
      expect(threshold).toBeLessThan(1);
    }
  });

  it('refuses outputs that are no probabilities', () => {
    expect(() => chooseThresholds(oneClass([0.2, -1.5], [0, 1]))).toThrow(/-1\.5; expected a probability/);
  });

  it('is 0.5 where no class has a positive', () => {
    expect([...chooseThresholds(oneClass([0.2, 0.1], [0, 0])).thresholds]).toEqual([0.5]);
  });
});

import fc from 'fast-check';
import { scoreTable } from '../scores/score-table.js';
import { averagePrecisions, averagePrecisionsSkipEmpty } from './average-precision.js';

const oneClass = (scores: readonly number[], targets: readonly number[]) =>
  scoreTable(scores, targets, { images: scores.length, classes: 1 });

/** The definition, written without ranks: a positive's precision counts the images that do not rank after it. */
function byDefinition(scores: readonly number[], targets: readonly number[]): number {
  const positives = [...scores.keys()].filter((i) => targets[i] === 1);
  const before = (i: number, j: number) => scores[j] > scores[i] || (scores[j] === scores[i] && j >= i);
  const precisions = positives.map(
    (i) =>
      positives.filter((j) => before(i, j)).length / [...scores.keys()].filter((j) => before(i, j)).length,
  );
  return precisions.reduce((sum, p) => sum + p, 0) / (positives.length + 1e-8);
}

describe('averagePrecisions', () => {
  it('is the mean precision at the positives', () => {
    // Ranks 1 and 3 are positives: (1/1 + 2/3) / 2.
    const table = oneClass([0.9, 0.8, 0.7, 0.1], [1, 0, 1, 0]);
    expect(averagePrecisions(table).mean).toBeCloseTo(5 / 6, 7);
    expect(averagePrecisionsSkipEmpty(table).mean).toBeCloseTo(5 / 6, 15);
  });

  it('agrees with the definition on any scores, tied or not', () => {
    const row = fc.record({
      score: fc.constantFrom(0, 0.1, 0.25, 0.5, 0.75, 0.9, 1),
      target: fc.constantFrom(0, 1),
    });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (rows) => {
        const [scores, targets] = [rows.map((r) => r.score), rows.map((r) => r.target)];
        expect(averagePrecisions(oneClass(scores, targets)).mean).toBeCloseTo(
          byDefinition(scores, targets),
          12,
        );
      }),
    );
  });

  it('orders equal scores by the rule asked for', () => {
    const table = oneClass([0.5, 0.5, 0.5], [0, 1, 0]);
    expect(averagePrecisionsSkipEmpty(table, 'later-first').mean).toBe(1 / 2);
    expect(averagePrecisionsSkipEmpty(table, 'positives-first').mean).toBe(1);
    expect(averagePrecisionsSkipEmpty(table, 'negatives-first').mean).toBe(1 / 3);
    expect(averagePrecisionsSkipEmpty(oneClass([0.5, 0.5, 0.5], [1, 0, 0])).mean).toBe(1);
  });

  it('lies between the bounds that ties allow', () => {
    const row = fc.record({ score: fc.constantFrom(0.2, 0.4, 0.6), target: fc.constantFrom(0, 1) });
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 30 }), (rows) => {
        const table = oneClass(
          rows.map((r) => r.score),
          rows.map((r) => r.target),
        );
        const best = averagePrecisions(table, 'positives-first').mean;
        const worst = averagePrecisions(table, 'negatives-first').mean;
        for (const rule of ['later-first', 'earlier-first'] as const) {
          expect(averagePrecisions(table, rule).mean).toBeLessThanOrEqual(best + 1e-12);
          expect(averagePrecisions(table, rule).mean).toBeGreaterThanOrEqual(worst - 1e-12);
        }
      }),
    );
  });

  it('counts a class without positives as 0, or leaves it out', () => {
    const table = scoreTable([0.9, 0.1, 0.2, 0.8], [1, 0, 0, 0], { images: 2, classes: 2 });
    expect(averagePrecisions(table).mean).toBeCloseTo(0.5, 7);
    expect([...averagePrecisions(table).perClass][1]).toBe(0);
    expect(averagePrecisionsSkipEmpty(table).mean).toBe(1);
    expect([...averagePrecisionsSkipEmpty(table).perClass][1]).toBeNaN();
    expect(averagePrecisionsSkipEmpty(oneClass([0.3], [0])).mean).toBeNaN();
  });

  it('takes an image whose target is below 0 out of the ranking', () => {
    const judged = oneClass([0.9, 0.7, 0.1], [0, 1, 0]);
    const withIgnored = oneClass([0.9, 0.8, 0.7, 0.6, 0.1], [0, -1, 1, -1, 0]);
    expect(averagePrecisions(withIgnored).mean).toBe(averagePrecisions(judged).mean);
  });
});

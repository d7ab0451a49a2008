import { UsageError } from '@polytag/core';
import fc from 'fast-check';
import { scoreTable } from '../scores/score-table.js';
import { column, entries, tableOf } from './label-issues.fixture.js';
import { labelScores, type LabelScoreMethod } from './label-scores.js';

const methods: LabelScoreMethod[] = ['self-confidence', 'normalized-margin', 'confidence-weighted-entropy'];

describe('labelScores', () => {
  it('is the probability of what was given', () => {
    const scores = labelScores(tableOf(column([0.75, 0.25], [0.125])));
    expect([...scores]).toEqual([0.75, 0.25, 0.875]);
  });

  it('weighs the entropy by the probability of what was given', () => {
    // p = 1/4: H = 2 − 3/4·log2 3.
    const entropy = 2 - (3 / 4) * Math.log2(3);
    const r = [entropy / 0.25, entropy / 0.75];
    const scores = labelScores(tableOf(column([0.25], [0.25])), { method: 'confidence-weighted-entropy' });
    scores.forEach((score, i) => expect(score).toBeCloseTo(Math.log(r[i] + 1) / r[i], 12));
  });

  it('suspects least what the model is sure of', () => {
    for (const method of methods) {
      expect([...labelScores(tableOf(column([1], [0])), { method })]).toEqual([1, 1]);
      const scores = labelScores(tableOf(column([1 - 2 ** -40, 0.999, 0.5, 0.01], [])), { method });
      expect([...scores]).toEqual([...scores].toSorted((a, b) => b - a));
    }
  });

  it('adjusts for labels of which the model is never sure', () => {
    // Thresholds: absent 0.9, present 0.2. (0.2 − 0.2 + 0.9) / (0.9 + 0.8 − 0.9 + 0.9)
    const scores = labelScores(tableOf(column([0.2], [0.1])), { adjusted: true });
    expect(scores[0]).toBeCloseTo(0.9 / 1.7, 12);
    // (0.9 − 0.9 + 0.9) / (0.9 + 0.1 − 0.2 + 0.9)
    expect(scores[1]).toBeCloseTo(0.9 / 1.7, 12);
  });

  it.each(methods)('takes presence and absence alike (%s)', (method) => {
    fc.assert(
      fc.property(entries([0, 1, -1]), fc.boolean(), (given, adjusted) => {
        const turned = given.map(({ target, score }) => ({
          target: target < 0 ? target : 1 - target,
          score: 1 - score,
        }));
        const scores = labelScores(tableOf(given), { method, adjusted });
        const ofTurned = labelScores(tableOf(turned), { method, adjusted });
        given.forEach(({ target }, i) => {
          if (target >= 0) expect(ofTurned[i]).toBeCloseTo(scores[i], 12);
        });
      }),
    );
  });

  it.each(methods)('scores as if images with an unknown label were not there (%s)', (method) => {
    fc.assert(
      fc.property(entries([0, 1, -1]), fc.boolean(), (given, adjusted) => {
        const scores = labelScores(tableOf(given), { method, adjusted });
        const known = given.filter(({ target }) => target >= 0);
        expect(scores.filter((score) => !Number.isNaN(score))).toEqual(
          labelScores(tableOf(known), { method, adjusted }),
        );
        given.forEach(({ target }, i) => expect(Number.isNaN(scores[i])).toBe(target < 0));
      }),
    );
  });

  it('refuses outputs that are no probabilities', () => {
    const logits = scoreTable([0.5, 0.1, 0.2, 3], [1, 0, 1, 1], { images: 2, classes: 2 });
    expect(() => labelScores(logits)).toThrow(UsageError);
    expect(() => labelScores(logits)).toThrow('image 1 for label 1 is 3');
  });
});

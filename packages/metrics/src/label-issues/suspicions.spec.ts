import { RandomStream } from '@polytag/core';
import { scoreTable } from '../scores/score-table.js';
import { labelIssues } from './label-issues.js';
import { labelScores } from './label-scores.js';
import { contextScores, suspicions } from './suspicions.js';

const [IMAGES, CLASSES] = [200, 3];
const random = new RandomStream(3, 'suspicions');
const truth = Uint8Array.from({ length: IMAGES * CLASSES }, (_, i) =>
  Number(random.uniform() < [0.5, 0.2, 0.1][i % CLASSES]),
);
const scores = Float64Array.from(
  truth,
  (value) => 1 / (1 + Math.exp(-(4 * (value - 0.5) + random.normal()))),
);
/** Two wrong labels, and one that is unknown. */
const given = Float32Array.from(truth);
const extra = truth.findIndex((value, i) => value === 0 && i % CLASSES === 1 && scores[i] < 0.1);
const missing = truth.findIndex((value, i) => value === 1 && i % CLASSES === 0 && scores[i] > 0.9);
given[extra] = 1;
given[missing] = 0;
given[5] = -1;
const table = scoreTable(scores, given, { images: IMAGES, classes: CLASSES });

describe('suspicions', () => {
  const found = suspicions(table);

  it('begins with what is wrong, and tells extra labels from missing ones', () => {
    const first = found.slice(0, 2).map(({ image, index, kind }) => `${image * CLASSES + index} ${kind}`);
    expect(first.sort()).toEqual([`${extra} extra`, `${missing} missing`].sort());
    expect(found.map(({ score }) => score)).toEqual(found.map(({ score }) => score).sort((a, b) => a - b));
  });

  it('has all that a filter flags, and all that is hardly believed', () => {
    const { mask } = labelIssues(table, { filter: 'predicted-neq-given' });
    const believed = contextScores(table);
    const listed = new Set(found.map(({ image, index }) => image * CLASSES + index));
    mask.forEach((flag, element) => {
      expect(listed.has(element) || !(flag || believed[element] < 0.5)).toBe(true);
    });
    expect(listed.has(5)).toBe(false);
    for (const { image, index, filters, probability } of found) {
      expect(filters.includes('predicted-neq-given')).toBe(mask[image * CLASSES + index] === 1);
      expect(probability).toBe(scores[image * CLASSES + index]);
    }
  });

  it('ranks by another score on request', () => {
    const confidence = labelScores(table);
    for (const { image, index, score } of suspicions(table, { ranking: 'self-confidence' })) {
      expect(score).toBe(confidence[image * CLASSES + index]);
    }
  });
});

describe('contextScores', () => {
  it('says nothing against labels that are on all images or on none', () => {
    const oneSided = scoreTable([0.1, 0.9, 0.2, 0.8], [1, 0, 1, 0], { images: 2, classes: 2 });
    expect([...contextScores(oneSided)]).toEqual([1, 1, 1, 1]);
  });

  it('believes half in a label that is as likely as on any image', () => {
    // The model says the same of all images, and labels stand together by chance.
    const alike = scoreTable(
      new Float64Array(800).fill(0.3),
      Array.from({ length: 800 }, (_, i) => Number(i % 4 === 0)),
      { images: 800, classes: 1 },
    );
    const believed = contextScores(alike);
    believed.forEach((score, i) => expect(score).toBeCloseTo(i % 4 === 0 ? 0.5 : 0.75, 1));
  });
});

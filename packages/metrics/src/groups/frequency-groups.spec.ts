import { evaluateScores } from '../evaluate-scores.js';
import { frequencyGroups } from './frequency-groups.js';

const evaluation = {
  averagePrecision: Float64Array.of(0.9, 0.5, 0.7, 0.4, 0, 0.2),
  positives: Uint32Array.of(9, 3, 3, 2, 0, 1),
};

describe('frequencyGroups', () => {
  it('puts more than 100 training images into many, fewer than 20 into few, both ends between into medium', () => {
    const groups = frequencyGroups(evaluation, [101, 100, 20, 19, 0, 5]);
    expect(groups.map(({ name, from, to, labels }) => ({ name, from, to, labels }))).toEqual([
      { name: 'many', from: 101, to: Infinity, labels: [0] },
      { name: 'medium', from: 20, to: 100, labels: [1, 2] },
      { name: 'few', from: 0, to: 19, labels: [3, 4, 5] },
    ]);
  });

  it('takes the mean over the labels that occur', () => {
    const [many, medium, few] = frequencyGroups(evaluation, [101, 100, 20, 19, 0, 5]);
    expect([many, medium, few].map(({ occurring }) => occurring)).toEqual([1, 2, 2]);
    expect(many.mAPOccurring).toBe(0.9);
    expect(medium.mAPOccurring).toBeCloseTo(0.6, 12);
    expect(few.mAPOccurring).toBeCloseTo(0.3, 12); // label 4 is on no scored image
  });

  it('says NaN of a group without labels, and of one whose labels do not occur', () => {
    const groups = frequencyGroups(evaluation, [50, 50, 50, 50, 5, 50]);
    expect(groups.map(({ mAPOccurring }) => mAPOccurring)).toEqual([NaN, expect.any(Number), NaN]);
    expect(groups[0].labels).toEqual([]);
    expect(groups[2].labels).toEqual([4]);
  });

  it('weighs together to the mean over all labels, whatever the bounds', () => {
    const images = 40;
    const labels = Array.from({ length: 12 }, (_, k) => `label ${k}`);
    const scores = Array.from({ length: images * 12 }, (_, i) => ((i * 7919) % 101) / 101);
    const targets = scores.map((_, i) => (i % 12 < 11 && (i * 31) % 7 === 0 ? 1 : 0));
    const scored = evaluateScores({ scores, targets, images, labels });
    const frequency = labels.map((_, k) => k * 10);
    for (const bounds of [{}, { many: 60, few: 30 }, { many: 10, few: 11 }]) {
      const groups = frequencyGroups(scored, frequency, bounds);
      const sum = (f: (group: (typeof groups)[number]) => number) =>
        groups.reduce((total, group) => total + f(group), 0);
      expect(groups.flatMap((group) => group.labels).sort((a, b) => a - b)).toEqual(labels.map((_, k) => k));
      expect(
        sum((group) => (group.occurring > 0 ? group.mAPOccurring * group.occurring : 0)) /
          sum((group) => group.occurring),
      ).toBeCloseTo(scored.mAPOccurring, 12);
    }
  });

  it('refuses counts of other labels, and bounds that put a label into two groups', () => {
    expect(() => frequencyGroups(evaluation, [1, 2])).toThrow(
      expect.objectContaining({ code: 'usage/shape-mismatch' }),
    );
    for (const bounds of [{ many: 10, few: 20 }, { few: 0.5 }, { many: NaN }])
      expect(() => frequencyGroups(evaluation, [1, 2, 3, 4, 5, 6], bounds)).toThrow(
        expect.objectContaining({ code: 'usage/invalid' }),
      );
  });
});

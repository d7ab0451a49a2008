import { precisionRecallCurve, precisionRecallCurves, scoreTable } from '@polytag/metrics';
import { stepPath } from './step-path.js';

const AREA = { left: 10, top: 20, width: 100, height: 50 };
const curveOf = (scores: readonly number[], targets: readonly number[]) =>
  precisionRecallCurves(scoreTable(scores, targets, { images: scores.length, classes: 1 }))[0];

describe('stepPath', () => {
  it('draws each recall at its precision', () => {
    // Precision 1 up to recall 1/2, then 2/4.
    const curve = curveOf([0.9, 0.8, 0.7, 0.6], [1, 0, 0, 1]);
    expect(stepPath(curve, AREA, 50)).toBe('M10 20H60V45H110');
  });

  it('joins steps of one height', () => {
    expect(stepPath(curveOf([0.9, 0.8, 0.7], [1, 1, 1]), AREA, 50)).toBe('M10 20H110');
  });

  it('reads a long curve at equally distant recalls', () => {
    // The best quarter of the positives first; then each of the others after 3 negatives.
    const positive = Uint8Array.from({ length: 100 + 4 * 300 }, (_, i) => Number(i < 100 || i % 4 === 3));
    const scores = Float64Array.from(positive, (_, rank) => rank);
    const ranked = {
      index: 0,
      image: Uint32Array.from(positive.keys()),
      count: positive.length,
      positives: 400,
      scores,
      positive: Uint8Array.from(positive).reverse(),
    };
    // Read at recalls 1/4, 1/2, 3/4 and 1: 100/100, 200/500, 300/900, 400/1300.
    expect(stepPath(precisionRecallCurve(ranked), AREA, 4)).toBe('M10 20H35V50H60V53.3H85V54.6H110');
  });

  it('is empty for a label without images', () => {
    expect(stepPath(curveOf([0.3], [0]), AREA, 50)).toBe('');
  });
});

import { scoreTable } from '../scores/score-table.js';
import { authorsPerImage } from './authors-per-image.js';
import { exactMatch } from './exact-match.js';
import { precisionRecall } from './precision-recall.js';

const shape = { images: 4, classes: 3 };
// Class 0: 2 hits of 3 predicted, 2 true. Class 1: 1 hit of 1 predicted, 3 true. Class 2: nothing predicted, 1 true.
const predictions = Uint8Array.of(1, 1, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0);
const targets = [1, 1, 0, 1, 1, 0, 0, 1, 0, 0, 0, 1];
const table = scoreTable(predictions, targets, shape);

describe('precisionRecall', () => {
  it('averages over classes and over all elements', () => {
    const m = precisionRecall(table, predictions);
    expect([...m.perClass.precision]).toEqual([2 / 3, 1, 0]);
    expect([...m.perClass.recall]).toEqual([1, 1 / 3, 0]);
    expect(m.CP).toBeCloseTo(5 / 9, 12);
    expect(m.CR).toBeCloseTo(4 / 9, 12);
    expect(m.CF1).toBeCloseTo((2 * (5 / 9) * (4 / 9)) / 1, 12);
    expect(m.CF1MeanOfClasses).toBeCloseTo((0.8 + 0.5 + 0) / 3, 12);
    expect(m.OP).toBe(3 / 4);
    expect(m.OR).toBe(3 / 6);
    expect(m.OF1).toBeCloseTo(0.6, 12);
  });

  it('is 0, never NaN, when nothing is predicted', () => {
    const m = precisionRecall(table, new Uint8Array(12));
    expect([m.CP, m.CR, m.CF1, m.CF1MeanOfClasses, m.OP, m.OR, m.OF1]).toEqual([0, 0, 0, 0, 0, 0, 0]);
  });

  it('does not judge elements with a target below 0', () => {
    const ignoring = scoreTable(
      predictions,
      targets.map((t, i) => (i === 6 ? -1 : t)),
      shape,
    );
    expect(precisionRecall(ignoring, predictions).perClass.precision[0]).toBe(1);
  });

  it('takes a soft target from 0.5 as a positive', () => {
    const soft = scoreTable([1, 1], [0.5, 0.4], { images: 2, classes: 1 });
    expect(precisionRecall(soft, Uint8Array.of(1, 1)).OP).toBe(0.5);
  });
});

describe('authorsPerImage', () => {
  it('averages over images under the names of class means', () => {
    // Images: 2 of 2 right and complete; 1 of 1 right, 1 of 2 found; wrong; nothing predicted.
    const m = authorsPerImage(table, predictions);
    expect(m.precision).toBeCloseTo((1 + 1) / 4, 12);
    expect(m.recall).toBeCloseTo((1 + 0.5) / 4, 12);
    expect(m.f1).toBeCloseTo((1 + 2 / 3) / 4, 12);
  });

  it('has NaN overall precision when nothing is predicted', () => {
    expect(authorsPerImage(table, new Uint8Array(12)).OP).toBeNaN();
  });
});

describe('exactMatch', () => {
  it('is the fraction of images right in every label', () => {
    expect(exactMatch(table, predictions)).toBe(1 / 4);
    expect(exactMatch(table, Uint8Array.from(targets))).toBe(1);
  });

  it('overlooks labels that are not judged', () => {
    expect(exactMatch(scoreTable([1, 1], [1, -1], { images: 1, classes: 2 }), Uint8Array.of(1, 1))).toBe(1);
  });
});

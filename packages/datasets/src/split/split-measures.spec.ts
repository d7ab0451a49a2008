import { measureSplit } from './split-measures.js';

const images = (...labels: number[][]) => labels.map((one, i) => ({ name: `${i}.jpg`, labels: one }));
const two = { partCount: 2, labelCount: 3 };

it('is the mean distance of the odds, of labels and of pairs', () => {
  // Label 0: odds 2/2 in the set, 1/1 in both parts. Label 1: 1/3 in the set, 1/1 and 0/2 in the parts.
  const measured = measureSplit(images([0, 1], [0], [], []), [0, 1, 0, 1], two);
  expect(measured.LD).toBeCloseTo((0 + (1 - 1 / 3 + 1 / 3) / 2) / 2, 12);
  // The one pair is where label 1 is.
  expect(measured.LPD).toBeCloseTo((1 - 1 / 3 + 1 / 3) / 2, 12);
  expect(measured.sizes).toEqual([2, 2]);
  expect(measured.missing).toEqual([{ part: 1, label: 1 }]);
});

it('counts a label once an image, however often it is listed', () => {
  const parts = [0, 1, 0, 1];
  expect(measureSplit(images([0, 0], [1, 0], [], []), parts, two)).toEqual(
    measureSplit(images([0], [0, 1], [], []), parts, two),
  );
});

it('leaves out labels of every image, and is infinite where a part is full of one that others lack', () => {
  expect(measureSplit(images([0], [0]), [0, 1], two)).toMatchObject({ LD: 0, LPD: 0, missing: [] });
  expect(measureSplit(images([1], [1], []), [0, 0, 1], two).LD).toBe(Infinity);
});

it('measures an empty part', () => {
  const { LD, sizes } = measureSplit(images([0], []), [0, 0], two);
  expect([LD, sizes]).toEqual([(0 + 1) / 2, [2, 0]]);
});

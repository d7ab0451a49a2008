import { automaticScale, outputScale } from './output-scale.js';

it.each([
  [20, 7],
  [80, 9.77],
  [500, 13.89],
  [1, 7],
  [1e9, 30],
])('is √5·ln(K − 1) between 7 and 30: %p labels', (labels, scale) => {
  expect(automaticScale(labels)).toBeCloseTo(scale, 2);
});

it('takes an automatic scale from each number of labels', () => {
  const scaleFor = outputScale('auto', 'cosines');
  expect([80, 500, 80].map(scaleFor)).toEqual([80, 500, 80].map(automaticScale));
});

it('leaves logits alone', () => {
  expect(outputScale(undefined, 'logits')(80)).toBe(1);
  expect(outputScale(17, 'cosines')(80)).toBe(17);
  expect(() => outputScale('auto', 'logits')).toThrow('works with cosine similarities');
});

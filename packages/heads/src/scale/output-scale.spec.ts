import { automaticScale, OutputScale } from './output-scale.js';

it.each([
  [20, 7],
  [80, 9.77],
  [500, 13.89],
  [1, 7],
  [1e9, 30],
])('is √5·ln(K − 1) between 7 and 30: %p labels', (labels, scale) => {
  expect(automaticScale(labels)).toBeCloseTo(scale, 2);
});

it('knows an automatic scale once the labels are known', () => {
  const scale = new OutputScale('auto', 'cosines');
  expect(() => scale.value).toThrow('before the head was applied');
  scale.settle(80);
  expect(scale.value).toBe(automaticScale(80));
});

it('leaves logits alone', () => {
  expect(new OutputScale(undefined, 'logits').value).toBe(1);
  expect(new OutputScale(17, 'cosines').value).toBe(17);
  expect(() => new OutputScale('auto', 'logits')).toThrow('is for cosines');
});

import { counted, namedAbove } from './counted.js';

it('says one, none and several', () => {
  expect([0, 1, 2, 1234].map((count) => counted(count, 'label'))).toEqual([
    '0 labels',
    '1 label',
    '2 labels',
    '1,234 labels',
  ]);
  expect(counted(2, 'near copy', 'near copies')).toBe('2 near copies');
  expect([1, 2].map(namedAbove)).toEqual(['it is listed above', 'they are listed above']);
});

import { memoryText, sizeText } from './bytes.js';

it.each([
  [0, '0 MB'],
  [1, '1 MB'],
  [2 ** 20, '1 MB'],
  [2 ** 20 + 1, '2 MB'],
  [4096 * 2 ** 20, '4096 MB'],
])('tells a memory of %i bytes as %s', (bytes, text) => {
  expect(memoryText(bytes)).toBe(text);
});

it.each([
  [0, '0 kB'],
  [2_500, '2.5 kB'],
  [999_000, '999 kB'],
  [1e6, '1 MB'],
  [281_600_000, '282 MB'],
  [1_254_000_000, '1.25 GB'],
])('tells a file of %i bytes as %s', (bytes, text) => {
  expect(sizeText(bytes)).toBe(text);
});

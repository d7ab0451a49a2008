import { formatOf } from './line-format.js';

it.each([
  ['tags.csv', 'csv'],
  ['out/TAGS.CSV', 'csv'],
  ['tags.jsonl', 'jsonl'],
  ['tags.txt', 'text'],
  ['csv', 'text'],
  [undefined, 'text'],
])('writes %s as %s', (file, format) => {
  expect(formatOf(file)).toBe(format);
});

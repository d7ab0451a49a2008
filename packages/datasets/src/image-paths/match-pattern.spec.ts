import fc from 'fast-check';
import { nameMatcher } from './match-pattern.js';

const name = fc
  .string({ unit: 'binary', minLength: 1, maxLength: 12 })
  .filter((text) => !/[*?[{./]/.test(text));

it('takes every other character as it is', () => {
  fc.assert(
    fc.property(name, name, (one, other) => {
      expect(nameMatcher(one).test(one)).toBe(true);
      expect(nameMatcher(`*${one}?`).test(`${other}${one}-`)).toBe(true);
      expect(nameMatcher(one).test(other)).toBe(one === other);
    }),
  );
});

it('never fails, whatever the pattern', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.string(), (pattern, text) => {
      nameMatcher(pattern).test(text);
    }),
    { numRuns: 1000 },
  );
});

it.each([
  ['a-*.jpg', ['a-1.jpg', 'a-.jpg'], ['a1.jpg', 'a-1Xjpg']],
  ['[a-c]?', ['a1', 'c-'], ['d1', 'a']],
  ['[!a-c]1', ['d1', '-1'], ['a1', '.1']],
  ['[z-a]', [], ['z', 'a', '-']],
  ['[^a]', ['^', 'a'], ['b']],
  ['[a', ['[a'], ['a']],
  ['*', ['a', 'ä😀'], ['.hidden']],
  ['?', ['😀'], ['ab']],
])('reads %s', (pattern, those, others) => {
  for (const text of those) expect(nameMatcher(pattern).test(text)).toBe(true);
  for (const text of others) expect(nameMatcher(pattern).test(text)).toBe(false);
});

import fc from 'fast-check';
import { printable, printableJson } from './printable.js';

it.each([
  ['a plain label, with é, 日本 and 🐕', 'a plain label, with é, 日本 and 🐕'],
  ['cat\nerror: forged', 'cat\\nerror: forged'],
  ['a\r\tb', 'a\\r\\tb'],
  ['\u001b[31mred\u0007', '\\x1b[31mred\\x07'],
  ['\u009b2J', '\\x9b2J'],
  ['\u007f', '\\x7f'],
  ['gpj.\u202eexe', 'gpj.\\u202eexe'],
  ['ca\u200bt\ufeff', 'ca\\u200bt\\ufeff'],
  ['\u2028\u2029', '\\u2028\\u2029'],
  ['half \ud83d', 'half \\ud83d'],
  ['\udc15 half', '\\udc15 half'],
  ['tag \u{e0041}', 'tag \\u{e0041}'],
  ['می\u200cخواهم क्\u200dष 👩🏽\u200d🚒', 'می\u200cخواهم क्\u200dष 👩🏽\u200d🚒'],
  ['C:\\new\\table', 'C:\\new\\table'],
])('shows %j as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('cuts a long value between two characters', () => {
  expect(printable('x'.repeat(10 << 20))).toBe(`${'x'.repeat(120)}…`);
  expect(printable('🐕🐕🐕', 5)).toBe('🐕🐕…');
  expect(printable('a\n\n', 4)).toBe('a\\n…');
  expect(printable('abcd', 4)).toBe('abcd');
});

it('writes JSON that is safe to print and stands for the same value', () => {
  expect(printableJson({ a: '\u009b2J\u202e\u{e0041}\n' })).toBe('{"a":"\\u009b2J\\u202e\\udb40\\udc41\\n"}');
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const json = printableJson([text]);
      expect(json).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
      expect(JSON.parse(json)).toEqual([text]);
    }),
  );
});

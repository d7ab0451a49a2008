import fc from 'fast-check';
import { lookAlikeKey, lookAlikes, plainSpelling, visibleSpellings } from './look-alikes.js';

it.each([
  ['case', 'Car', 'cAR'],
  ['German sharp s', 'Straße', 'STRASSE'],
  ['Greek final sigma', 'ΟΔΟΣ', 'οδος'],
  ['composed and decomposed letters', 'caf\u00e9', 'cafe\u0301'],
  ['full-width letters', 'cat', '\uff43\uff41\uff54'],
  ['white space at the end', 'dog', 'dog '],
  ['white space inside', 'traffic light', 'traffic  light'],
  ['a space that does not break', 'traffic light', 'traffic\u00a0light'],
  ['a zero-width space', 'dog', 'do\u200bg'],
  ['a byte order mark', 'dog', '\ufeffdog'],
  ['a soft hyphen', 'airplane', 'air\u00adplane'],
  ['a direction mark', 'dog', 'dog\u200f'],
])('%s makes look-alikes, shown so that they differ', (_, a, b) => {
  expect(lookAlikes(['other', a, 'x', b])).toEqual([[a, b]]);
  const shown = visibleSpellings([a, b]);
  expect(shown[0].normalize('NFKC')).not.toBe(shown[1].normalize('NFKC'));
  for (const one of shown) expect(one).not.toMatch(/[\u00ad\u200b-\u200f\ufeff\u00a0]/);
});

it('takes labels that differ for others, the names of object properties among them', () => {
  expect(lookAlikes(['cat', 'cart', '__proto__', 'constructor', 'toString', 'é', 'e', '1', 'cat'])).toEqual(
    [],
  );
  expect(lookAlikes(['__proto__', '__PROTO__'])).toEqual([['__proto__', '__PROTO__']]);
});

it('shows what is plain as it is, and a difference of form by its code points', () => {
  expect(visibleSpellings(['Zoë', 'zoë'])).toEqual(['"Zoë"', '"zoë"']);
  expect(visibleSpellings(['Zo\u00eb', 'Zoe\u0308'])).toEqual(['"Zo\\u00EB"', '"Zoe\\u0308"']);
  expect(visibleSpellings(['a\tb', 'a b'])).toEqual(['"a\\u0009b"', '"a b"']);
});

it('spells a label plainly without making another of it', () => {
  expect(plainSpelling(' traffic\u00a0 light\u200b')).toBe('traffic light');
  // A family is joined by U+200D, and Persian words by U+200C.
  expect(plainSpelling('👨\u200d👩\u200d👧 ')).toBe('👨\u200d👩\u200d👧');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (label) => {
      const plain = plainSpelling(label);
      expect(plainSpelling(plain)).toBe(plain);
      expect(lookAlikeKey(plain)).toBe(lookAlikeKey(label));
    }),
  );
});

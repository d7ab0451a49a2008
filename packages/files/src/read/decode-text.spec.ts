import fc from 'fast-check';
import { decodeText, TEXT_ENCODINGS, type TextEncoding } from './decode-text.js';

const encode: Readonly<Record<Exclude<TextEncoding, 'windows-1252'>, (text: string) => Buffer>> = {
  'utf-8': (text) => Buffer.from(text, 'utf8'),
  'utf-16le': (text) => Buffer.from(text, 'utf16le'),
  'utf-16be': (text) => Buffer.from(text, 'utf16le').swap16(),
};
const UTF = ['utf-8', 'utf-16le', 'utf-16be'] as const;
/** Lines, without a unit such as U+4100, by which text in the other order of bytes is told. */
const text = fc
  .string({ unit: 'binary' })
  .filter(
    (value) =>
      !value.startsWith('\uFEFF') && [...Buffer.from(value, 'utf16le')].every((byte, i) => i % 2 || byte),
  )
  .map((value) => `${value}\n`);

it.each(UTF)('reads every text back in %s, with and without its mark, by the mark alone too', (encoding) => {
  fc.assert(
    fc.property(text, (value) => {
      expect(decodeText(encode[encoding](value), encoding)).toEqual({ text: value });
      for (const given of TEXT_ENCODINGS)
        expect(decodeText(encode[encoding](`\uFEFF${value}`), given)).toEqual({ text: value });
    }),
  );
});

// https://encoding.spec.whatwg.org/index-windows-1252.txt
it('reads Windows-1252', () => {
  const bytes = Buffer.from('caf\xe9 \x80 \x93x\x94 \x9f \xff', 'latin1');
  expect(decodeText(bytes, 'windows-1252')).toEqual({ text: 'café € “x” Ÿ ÿ' });
});

const fault = (bytes: number[] | Buffer, encoding?: TextEncoding) => {
  const decoded = decodeText(Uint8Array.from(bytes), encoding);
  if (!('fault' in decoded)) throw new Error('was read');
  return decoded.fault;
};

it('gives the place of the first byte that is not UTF-8', () => {
  expect(fault(Buffer.from('a\r\nb\rc\nd\u00e9\ud83d\udc15caf\xe9', 'latin1'))).toMatchObject({ line: 4 });
  const bytes = Buffer.concat([Buffer.from('a\r\nb\rc\nà🐕caf'), Buffer.from([0xe9]), Buffer.from(',x')]);
  expect(fault(bytes)).toEqual({
    encoding: 'UTF-8',
    offset: bytes.indexOf(0xe9),
    line: 4,
    column: 6,
    bytes: '0xe9',
    likely: 'windows-1252',
  });
});

it('finds a fault exactly where TextDecoder says there is one', () => {
  const fatal = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  // Bytes near the borders of the table of well-formed sequences.
  const byte = fc.oneof(
    fc.constantFrom(0x41, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1, 0xc2, 0xdf, 0xe0, 0xe1, 0xec),
    fc.constantFrom(0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf3, 0xf4, 0xf5, 0xff),
  );
  fc.assert(
    fc.property(fc.array(byte, { maxLength: 8 }), (bytes) => {
      const decoded = decodeText(Uint8Array.from(bytes));
      const end = 'fault' in decoded ? decoded.fault.offset : bytes.length;
      expect(() => fatal.decode(Uint8Array.from(bytes.slice(0, end)))).not.toThrow();
      if ('fault' in decoded) expect(() => fatal.decode(Uint8Array.from(bytes))).toThrow();
    }),
    { numRuns: 2000 },
  );
});

it('tells UTF-16 without a mark by its zeros', () => {
  expect(fault(Buffer.from('{"a": 1}', 'utf16le'))).toMatchObject({
    offset: 1,
    column: 2,
    likely: 'utf-16le',
  });
  expect(fault(Buffer.from('{"a": 1}', 'utf16le').swap16())).toMatchObject({ offset: 0, likely: 'utf-16be' });
  // The first byte that is no UTF-8 is a letter's, not a zero.
  expect(fault(Buffer.from('file,labels\na.jpg,caf\u00e9\n', 'utf16le'))).toMatchObject({
    likely: 'utf-16le',
  });
});

it('takes zeros of a damaged file for no encoding', () => {
  expect(fault(Buffer.from('file,labels\n\0\0\0\0')).likely).toBeUndefined();
  expect(fault(Buffer.from('file,labels\na.jpg,c\0at\n')).likely).toBeUndefined();
});

it('tells the other order of bytes, and UTF-8, where UTF-16 was named', () => {
  const text = 'file,labels\n1.jpg,dog\n';
  const [le, be] = [Buffer.from(text, 'utf16le'), Buffer.from(text, 'utf16le').swap16()];
  expect(fault(be, 'utf-16le')).toMatchObject({ offset: 0, likely: 'utf-16be' });
  expect(fault(le, 'utf-16be')).toMatchObject({ offset: 0, likely: 'utf-16le' });
  expect(fault(Buffer.from(text + ' '.repeat(text.length % 2)), 'utf-16le')).toMatchObject({
    likely: 'utf-8',
  });
  for (const other of ['ਊ\n', '猫\n犬\n', 'кот', 'A'])
    expect(decodeText(Buffer.from(other, 'utf16le'), 'utf-16le')).toEqual({ text: other });
});

it.each([
  ['half a pair of surrogates', [0x61, 0, 0x3d, 0xd8], 'utf-16le', { offset: 2, column: 2, bytes: '0x3dd8' }],
  ['half a unit', [0x61, 0, 0x0a, 0, 0x62], 'utf-16le', { offset: 4, line: 2, column: 1, bytes: '0x62' }],
  ['a byte that Windows-1252 does not use', [0x61, 0x81], 'windows-1252', { offset: 1, bytes: '0x81' }],
  ['UTF-32', [0xff, 0xfe, 0, 0, 0x61, 0, 0, 0], 'utf-8', { encoding: 'UTF-32' }],
] as const)('refuses %s', (_, bytes, encoding, expected) => {
  expect(fault([...bytes], encoding)).toMatchObject(expected);
});

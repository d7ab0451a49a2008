/** Encodings that text files may have. */
export const TEXT_ENCODINGS = ['utf-8', 'utf-16le', 'utf-16be', 'windows-1252'] as const;
export type TextEncoding = (typeof TEXT_ENCODINGS)[number];

/** Why bytes are not text in an encoding. */
export interface TextFault {
  /** The encoding that was tried, e.g. `UTF-8`. */
  readonly encoding: string;
  /** Position of the first invalid byte, from 0. */
  readonly offset: number;
  /** Line of that byte, from 1; `\n`, `\r\n` and a lone `\r` end a line. */
  readonly line: number;
  /** Column in characters, from 1. */
  readonly column: number;
  /** The invalid bytes, e.g. `0xe9`. */
  readonly bytes: string;
  /** The supported encoding that the bytes seem to have, if any. */
  readonly likely?: TextEncoding;
}

const MARKS: readonly (readonly [readonly number[], TextEncoding | 'utf-32'])[] = [
  [[0xff, 0xfe, 0, 0], 'utf-32'],
  [[0, 0, 0xfe, 0xff], 'utf-32'],
  [[0xef, 0xbb, 0xbf], 'utf-8'],
  [[0xff, 0xfe], 'utf-16le'],
  [[0xfe, 0xff], 'utf-16be'],
];

/**
 * Decodes bytes to text, without the byte order mark. The mark takes precedence over the given encoding, because it is
 * part of the file. Invalid bytes are an error; nothing is replaced.
 */
export function decodeText(
  bytes: Uint8Array,
  encoding: TextEncoding = 'utf-8',
): { readonly text: string } | { readonly fault: TextFault } {
  const mark = MARKS.find(([start]) => start.every((byte, i) => bytes[i] === byte));
  if (mark?.[1] === 'utf-32') return faultAt(bytes, 'utf-32', 0, '');
  const used = mark?.[1] ?? encoding;
  return DECODERS[used as TextEncoding](bytes, mark ? mark[0].length : 0);
}

type Decoded = ReturnType<typeof decodeText>;

const DECODERS: Readonly<Record<TextEncoding, (bytes: Uint8Array, start: number) => Decoded>> = {
  'utf-8': (bytes, start) => {
    let text: string;
    try {
      text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes.subarray(start));
    } catch (error) {
      const offset = faultyByte(bytes, start);
      // As many characters as a string of V8 can hold, or another fault that is not of the bytes.
      if (offset === undefined) throw error;
      return faultAt(bytes, 'utf-8', offset, decodeLoosely(bytes.subarray(start, offset)));
    }
    // Every byte of UTF-16 text in plain letters is UTF-8 too: half of them are zero.
    const zero = text.indexOf('\0');
    if (zero < 0) return { text };
    return faultAt(bytes, 'utf-8', bytes.indexOf(0, start), text.slice(0, zero));
  },
  'utf-16le': (bytes, start) => utf16(bytes, start, 'utf-16le'),
  'utf-16be': (bytes, start) => utf16(bytes, start, 'utf-16be'),
  'windows-1252': (bytes, start) => {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, bytes.length - start).toString('latin1');
    const at = text.search(/[\0\x81\x8d\x8f\x90\x9d]/);
    if (at >= 0) return faultAt(bytes, 'windows-1252', start + at, text.slice(0, at));
    return {
      text: text.replace(/[\x80-\x9f]/g, (character) => WINDOWS_1252[character.charCodeAt(0) - 0x80]),
    };
  },
};

/** Characters of the bytes 0x80 to 0x9f, five of them unused. Some versions of Node decode these bytes as Latin-1. */
const WINDOWS_1252 = '€ ‚ƒ„…†‡ˆ‰Š‹Œ Ž  ‘’“”•–—˜™š›œ žŸ';

function utf16(bytes: Uint8Array, start: number, encoding: 'utf-16le' | 'utf-16be'): Decoded {
  // Of its own: the bytes are swapped in place, and must lie on an even address.
  const own = Buffer.from(bytes.subarray(start, bytes.length - ((bytes.length - start) % 2)));
  if (encoding === 'utf-16be') own.swap16();
  const text = own.toString('utf16le');
  const other = looksOtherwise(bytes.subarray(start), text, encoding);
  if (other) return faultAt(bytes, encoding, start, '', other);
  // A zero, or half of a pair of surrogates.
  const at = text.search(/[\0\p{Cs}]/u);
  if (at >= 0) return faultAt(bytes, encoding, start + 2 * at, text.slice(0, at));
  if ((bytes.length - start) % 2) return faultAt(bytes, encoding, bytes.length - 1, text);
  return { text };
}

/**
 * The likely encoding of text that decodes as UTF-16 but is something else. In the wrong byte order, a line feed becomes
 * U+0A00, which is not a character, and so do all ASCII letters. UTF-8 text has no zero bytes and no control characters
 * except white space, and nearly any UTF-16 text has one of them.
 */
function looksOtherwise(
  bytes: Uint8Array,
  text: string,
  encoding: 'utf-16le' | 'utf-16be',
): TextEncoding | undefined {
  if (text.includes('\u0a00') || /^[\x20-\x7e]$/.test(String.fromCharCode(text.charCodeAt(0) >> 8))) {
    const zeros = [0, 1].map((odd) => bytes.filter((byte, i) => byte === 0 && i % 2 === odd).length);
    const here = encoding === 'utf-16le' ? 1 : 0;
    if (zeros[1 - here] > zeros[here]) return encoding === 'utf-16le' ? 'utf-16be' : 'utf-16le';
  }
  return bytes.length > 1 && bytes.every((byte) => byte > 8) && faultyByte(bytes, 0) === undefined
    ? 'utf-8'
    : undefined;
}

function faultAt(
  bytes: Uint8Array,
  encoding: TextEncoding | 'utf-32',
  offset: number,
  before: string,
  other?: TextEncoding,
): { readonly fault: TextFault } {
  const lines = before.split(/\r\n|\n|\r/);
  const width = encoding.startsWith('utf-16') ? 2 : encoding === 'utf-32' ? 4 : 1;
  return {
    fault: {
      encoding: encoding === 'windows-1252' ? 'Windows-1252' : encoding.toUpperCase(),
      offset,
      line: lines.length,
      column: [...lines[lines.length - 1]].length + 1,
      bytes: `0x${Buffer.from(bytes.subarray(offset, offset + width)).toString('hex')}`,
      likely: other ?? (encoding === 'utf-8' ? likely(bytes, offset) : undefined),
    },
  };
}

/** Number of bytes examined to recognise UTF-16 without a mark. */
const SAMPLE = 4096;

/** Of UTF-16 with delimiters, digits and line ends at least, each second byte of some is zero, and none beside them. */
function likely(bytes: Uint8Array, offset: number): TextEncoding | undefined {
  const zeros = [0, 0];
  bytes.subarray(0, SAMPLE).forEach((byte, i) => (zeros[i % 2] += Number(byte === 0)));
  const [even, odd] = zeros;
  const enough = Math.min(bytes.length, SAMPLE) / 20;
  if (odd > enough && odd > 10 * even) return 'utf-16le';
  if (even > enough && even > 10 * odd) return 'utf-16be';
  return bytes[offset] === 0 ? undefined : 'windows-1252';
}

const decodeLoosely = (bytes: Uint8Array) => new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);

/** Lengths and least values of UTF-8 by the table 3-7 of the Unicode standard. */
function faultyByte(bytes: Uint8Array, start: number): number | undefined {
  for (let at = start; at < bytes.length;) {
    const lead = bytes[at];
    if (lead < 0x80) {
      at++;
      continue;
    }
    const length =
      lead >= 0xc2 && lead < 0xe0 ? 2 : (lead & 0xf0) === 0xe0 ? 3 : lead >= 0xf0 && lead < 0xf5 ? 4 : 0;
    if (length === 0) return at;
    const least = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
    const most = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
    // Beyond the end it is undefined, which no comparison holds for.
    if (!(bytes[at + 1] >= least && bytes[at + 1] <= most)) return at;
    for (let i = 2; i < length; i++) if (!(bytes[at + i] >= 0x80 && bytes[at + i] <= 0xbf)) return at;
    at += length;
  }
  return undefined;
}

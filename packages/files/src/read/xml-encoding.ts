import type { TextEncoding } from './decode-text.js';

/** Names of encodings in XML declarations, in small letters. ISO-8859-1 has none of the characters in which Windows-1252 differs. */
const KNOWN: Readonly<Record<string, TextEncoding>> = {
  'utf-8': 'utf-8',
  utf8: 'utf-8',
  'us-ascii': 'utf-8',
  ascii: 'utf-8',
  'iso-8859-1': 'windows-1252',
  latin1: 'windows-1252',
  'windows-1252': 'windows-1252',
  cp1252: 'windows-1252',
};

/** The encoding that the declaration at the start of an XML file names, and whether it is one that is read. */
export function xmlEncoding(
  bytes: Uint8Array,
): { readonly name: string; readonly encoding?: TextEncoding } | undefined {
  const head = new TextDecoder('latin1').decode(bytes.subarray(0, 200));
  const name = /^\s*<\?xml\b[^>]*?\bencoding\s*=\s*["']([A-Za-z][\w.:-]*)["']/.exec(head)?.[1];
  if (name === undefined) return undefined;
  const small = name.toLowerCase();
  return { name, encoding: Object.hasOwn(KNOWN, small) ? KNOWN[small] : undefined };
}

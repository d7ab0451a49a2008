import { TEXT_ENCODINGS, type TextEncoding } from '@polytag/files';
import { InvalidArgumentError } from 'commander';

/** Other names of the encodings that are read. ISO-8859-1 says the same as Windows-1252 of all that is text in it. */
const ALIASES: Readonly<Record<string, TextEncoding>> = {
  utf8: 'utf-8',
  'utf-16': 'utf-16le',
  utf16: 'utf-16le',
  utf16le: 'utf-16le',
  utf16be: 'utf-16be',
  cp1252: 'windows-1252',
  ansi: 'windows-1252',
  latin1: 'windows-1252',
  'iso-8859-1': 'windows-1252',
};

/** The value of an option `--encoding`. */
export function textEncoding(name: string): TextEncoding {
  const small = name.toLowerCase();
  const known = TEXT_ENCODINGS.find((encoding) => encoding === small);
  const found = known ?? (Object.hasOwn(ALIASES, small) ? ALIASES[small] : undefined);
  if (found) return found;
  throw new InvalidArgumentError(`It must be one of ${TEXT_ENCODINGS.join(', ')}.`);
}

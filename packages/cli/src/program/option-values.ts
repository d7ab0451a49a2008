import { TEXT_ENCODINGS, type TextEncoding } from '@polytag/files';
import { InvalidArgumentError } from 'commander';

// Values of options, made of their text: argument parsers of commander, which tells the user what they throw.

/** Parses a whole number of at least 1. */
export function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new InvalidArgumentError('Expected a whole number of at least 1.');
  return value;
}

/** Parses a number from 0 to 1. */
export function fraction(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 1))
    throw new InvalidArgumentError('Expected a number from 0 to 1.');
  return value;
}

/** Takes the name of a file that a command writes; it does not write to standard output. */
export function outputFile(name: string): string {
  if (name === '' || name === '-')
    throw new InvalidArgumentError(
      'Expected the name of a file; this command cannot write to standard output.',
    );
  return name;
}

/** Collects the values of an option that may be repeated. */
export const collect = (value: string, before: readonly string[]): string[] => [...before, value];

/** Other names of the encodings. ISO-8859-1 and Windows-1252 agree on all printable characters. */
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

/** Parses the name of a text encoding, by any of its usual names. */
export function textEncoding(name: string): TextEncoding {
  const small = name.toLowerCase();
  const known = TEXT_ENCODINGS.find((encoding) => encoding === small);
  const found = known ?? (Object.hasOwn(ALIASES, small) ? ALIASES[small] : undefined);
  if (found) return found;
  throw new InvalidArgumentError(`Expected one of ${TEXT_ENCODINGS.join(', ')}.`);
}

import { readTextFile, type TextEncoding } from '@polytag/files';

/** Label files are read whole: a string of V8 holds half a gibibyte. */
const MAX_BYTES = 500 * 2 ** 20;

interface TextOptions {
  readonly hint?: string;
  readonly encoding?: TextEncoding;
  /** What names an encoding on a command line. Empty where nothing does. */
  readonly encodingOption?: string;
}

/**
 * The text of a file, without a byte order mark, which overrules `encoding`.
 *
 * @param what how errors call the file, e.g. `label file`
 * @throws DataError `data/file-missing`, `data/file-unreadable`, `data/not-a-file`, `data/file-too-large`, `data/encoding`
 */
export function readText(
  path: string,
  what: string,
  { encodingOption = '--encoding', ...options }: TextOptions = {},
): Promise<string> {
  return readTextFile(path, { what, ...options, maxBytes: MAX_BYTES, encodingOption });
}

/** One line of a list. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** The lines of a text that are not blank, without the white space around them. Any line ends will do. */
export function linesOf(text: string): Line[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter((line) => line.text !== '');
}

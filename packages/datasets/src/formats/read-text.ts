import { readTextFile, type TextEncoding } from '@polytag/files';

/** Label files are read as a whole; a string in V8 holds half a gibibyte. */
const MAX_BYTES = 500 * 2 ** 20;

interface TextOptions {
  readonly hint?: string;
  readonly encoding?: TextEncoding;
  /** The option for the encoding on the command line. Empty if there is none. */
  readonly encodingOption?: string;
  /** Whether the file is XML, whose declaration names its encoding. */
  readonly isXml?: boolean;
}

/**
 * Reads a text file, without its byte order mark, which takes precedence over `encoding`.
 *
 * @param what what errors call the file, e.g. `label file`
 * @throws DataError `data/file-missing`, `data/file-unreadable`, `data/not-a-file`, `data/file-too-large`,
 *   `data/encoding`
 */
export function readText(
  path: string,
  what: string,
  { encodingOption = '--encoding', ...options }: TextOptions = {},
): Promise<string> {
  return readTextFile(path, { what, ...options, maxBytes: MAX_BYTES, encodingOption });
}

/** A line of a list. */
export interface Line {
  readonly text: string;
  /** Line number, from 1. */
  readonly number: number;
}

/** The non-blank lines of a text, trimmed. Any line endings work. */
export function linesOf(text: string): Line[] {
  return text
    .split(/\r\n|\n|\r/)
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter((line) => line.text !== '');
}

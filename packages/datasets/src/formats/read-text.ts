import { readFile } from 'node:fs/promises';
import { DataError } from '@polytag/core';

/**
 * The text of a file in UTF-8, without a byte order mark.
 *
 * @param what how errors call the file, e.g. `annotation file`
 * @throws DataError `data/file-missing`
 */
export async function readText(path: string, what: string, hint = 'Check the path.'): Promise<string> {
  try {
    const text = await readFile(path, 'utf8');
    return text.startsWith('\uFEFF') ? text.slice(1) : text;
  } catch (cause) {
    throw fileMissing(path, what, hint, cause);
  }
}

export function fileMissing(path: string, what: string, hint: string, cause: unknown): DataError {
  return new DataError(
    'data/file-missing',
    `The ${what} ${path} cannot be read: ${(cause as Error).message}.`,
    { hint, cause },
  );
}

/** One line of a list. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
}

/** The lines of a text that are not blank, without the white space around them. */
export function linesOf(text: string): Line[] {
  return text
    .split('\n')
    .map((line, i) => ({ text: line.trim(), number: i + 1 }))
    .filter((line) => line.text !== '');
}

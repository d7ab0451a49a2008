import type { Readable } from 'node:stream';
import { TextDecoder } from 'node:util';
import { DataError, printable } from '@polytag/core';
import { openRegularFile } from '@polytag/files';
import type { ListedImage } from './listed-image.js';

/** No path is longer, in characters; what is, is no list of paths. */
const LONGEST_PATH = 65_536;
/** Characters after which it is known whether the paths end with NUL: more than a path has on any system in use. */
const ENOUGH = 8192;

/**
 * Reads a list of paths, one per line (LF or CRLF), or separated by NUL (`find -print0`). Empty lines are skipped.
 * UTF-8, or UTF-16 with a byte order mark. The list is streamed.
 *
 * @param source path of a file, or a stream
 * @param name name of the list in errors
 * @throws DataError `data/file-missing`, `data/not-a-file`, `data/encoding`, `data/not-a-list`
 */
export async function* readPathList(
  source: string | Readable,
  name = typeof source === 'string' ? source : 'standard input',
): AsyncGenerator<ListedImage, void, undefined> {
  let lines = 0;
  for await (const path of separated(textOf(source, name))) {
    lines++;
    if (path.length > LONGEST_PATH) throw notAList(name, lines);
    if (path !== '') yield { path };
  }
}

async function* separated(pieces: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  let text = '';
  let byNul: boolean | undefined;
  function* whole(): Generator<string> {
    const parts = text.split(byNul ? '\0' : '\n');
    text = parts.pop()!;
    for (const part of parts) yield byNul ? part : part.replace(/\r$/, '');
    if (text.length > LONGEST_PATH) yield text;
  }
  for await (const piece of pieces) {
    text += piece;
    if (byNul === undefined && text.length < ENOUGH) continue;
    byNul ??= text.includes('\0');
    yield* whole();
  }
  byNul ??= text.includes('\0');
  yield* whole();
  yield byNul ? text : text.replace(/\r$/, '');
}

async function* textOf(source: string | Readable, name: string): AsyncGenerator<string, void, undefined> {
  const stream =
    typeof source === 'string'
      ? (await openRegularFile(source, { what: 'list of photographs', hint: HINT })).handle.createReadStream()
      : source;
  let decoder: TextDecoder | undefined;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      decoder ??= new TextDecoder(encodingOf(chunk), { fatal: true });
      yield decoder.decode(chunk, { stream: true });
    }
    yield decoder?.decode() ?? '';
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_ENCODING_INVALID_ENCODED_DATA') throw error;
    throw new DataError('data/encoding', `The list ${printable(name, 400)} is not in UTF-8.`, {
      hint: 'Save it as UTF-8, or as UTF-16 with a byte order mark.',
      cause: error,
    });
  }
}

const HINT = 'Give a text file with one path per line; "-" reads the paths from standard input.';

const encodingOf = (start: Uint8Array): string =>
  start[0] === 0xff && start[1] === 0xfe
    ? 'utf-16le'
    : start[0] === 0xfe && start[1] === 0xff
      ? 'utf-16be'
      : 'utf-8';

const notAList = (name: string, line: number): DataError =>
  new DataError(
    'data/not-a-list',
    `Line ${line} of the list ${printable(name, 400)} is longer than ${LONGEST_PATH} characters and cannot be a path.`,
    { hint: HINT },
  );

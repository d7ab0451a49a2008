import type { FileHandle } from 'node:fs/promises';
import { DataError } from '@polytag/core';

const CHUNK = 4 * 2 ** 20;
/** A row of 50,000 labels takes 3 MB as JSON. */
const LONGEST_LINE = 256 * 2 ** 20;

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;

/**
 * Hands each line of an open file to `onLine`, as bytes of a buffer that is used again; blank ones, too. A byte order mark
 * of UTF-8 is left out, line ends are `\n` or `\r\n`.
 *
 * @param onLine its bytes are those from `start` up to `end`; `line` counts from 1
 * @param report called with the bytes that are read so far
 * @throws DataError `data/encoding` for UTF-16, `data/line-too-long`
 */
export async function eachLine(
  handle: FileHandle,
  source: string,
  onLine: (bytes: Buffer, start: number, end: number, line: number) => void,
  report?: (bytes: number) => void,
): Promise<void> {
  let buffer = Buffer.allocUnsafe(CHUNK);
  let held = 0;
  let line = 0;
  let position = 0;
  const give = (start: number, end: number) => {
    line++;
    onLine(buffer, start, end > start && buffer[end - 1] === CARRIAGE_RETURN ? end - 1 : end, line);
  };
  for (;;) {
    if (held === buffer.length) buffer = grown(buffer, source, line + 1);
    const { bytesRead } = await handle.read(buffer, held, buffer.length - held, position);
    const isFirst = position === 0;
    position += bytesRead;
    const end = held + bytesRead;
    if (bytesRead === 0) {
      if (held > 0) give(0, held);
      return;
    }
    let start = isFirst ? afterMark(buffer, end, source) : 0;
    for (
      let stop;
      (stop = buffer.indexOf(LINE_FEED, Math.max(start, held))) >= 0 && stop < end;
      start = stop + 1
    )
      give(start, stop);
    buffer.copyWithin(0, start, end);
    held = end - start;
    report?.(position);
  }
}

function grown(buffer: Buffer<ArrayBuffer>, source: string, line: number): Buffer<ArrayBuffer> {
  if (buffer.length >= LONGEST_LINE) {
    throw new DataError('data/line-too-long', `${source}, line ${line} is longer than 256 MiB.`, {
      hint: 'Write one line per image.',
    });
  }
  return Buffer.concat([buffer], 2 * buffer.length);
}

/** Where the text begins. */
function afterMark(buffer: Buffer, end: number, source: string): number {
  const [a, b, c] = buffer.subarray(0, Math.min(end, 3));
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new DataError('data/encoding', `${source} is in UTF-16.`, { hint: 'Save it as UTF-8.' });
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

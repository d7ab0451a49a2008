import { open } from 'node:fs/promises';
import { printable, UsageError } from '@polytag/core';
import type { PlacedImage } from '../bulk/image-list.js';
import { resumedImages, type ResumedImage } from '../bulk/resumed-images.js';
import type { Lines } from './lines.js';

/** What an interrupted run left of a file. */
export interface WrittenLines {
  /** Bytes up to the end of the last whole line that was read so far. */
  readonly end: number;
  /**
   * The photographs that are left to do. Those that have a line are left out, but for the last of them; those before it
   * without a line come as `failedBefore`.
   *
   * @param onSkip told how many were left out
   * @throws UsageError `usage/resume-differs` when the lines are not those of these photographs
   */
  after(
    images: AsyncIterable<PlacedImage>,
    onSkip: (images: number) => void,
  ): AsyncGenerator<ResumedImage<string>>;
}

/**
 * Reads how far a file was written. A last line that is torn does not count.
 *
 * @throws UsageError `usage/resume-differs` when the file has another header
 */
export async function writtenLines(path: string, lines: Lines): Promise<WrittenLines> {
  const written = wholeLines(path);
  let end = 0;
  const next = async (): Promise<string | undefined> => {
    const { value } = await written.next();
    if (value) end = value.end;
    return value?.text;
  };
  let line = await next();
  // Of a file without a whole line.
  let torn = line === undefined ? await startOf(path) : '';
  if (lines.header !== '') {
    const isHeader = line === undefined ? lines.header.startsWith(torn) : line === lines.header;
    if (!isHeader) throw differs(path, 'its header line does not match this format and model');
    if (line !== undefined) line = await next();
    torn = '';
  }
  return {
    get end() {
      return end;
    },
    async *after(images, onSkip) {
      const all = torn === '' ? images : fittingFirst(images, torn, lines, path);
      const entries = {
        // The first line is read already.
        async next() {
          const own = line;
          line = own === undefined ? undefined : await next();
          return own;
        },
        isOf: (own: string, image: PlacedImage) => own.startsWith(lines.start(image.path)),
        refuse: (own: string) =>
          differs(
            path,
            `the line ${printable(own.trimEnd(), 80)} does not belong to the photograph given at that position`,
          ),
      };
      try {
        yield* resumedImages(all, entries, onSkip);
      } finally {
        await written.return(undefined);
      }
    },
  };
}

/**
 * The photographs, when one of them has a line that a file without a whole line may begin with: a note of somebody is no
 * line that was torn.
 *
 * @throws UsageError `usage/resume-differs`
 */
async function* fittingFirst(
  images: AsyncIterable<PlacedImage>,
  torn: string,
  lines: Lines,
  path: string,
): AsyncGenerator<PlacedImage> {
  let before: PlacedImage[] | undefined = [];
  for await (const image of images) {
    if (!before) {
      yield image;
      continue;
    }
    before.push(image);
    const start = lines.start(image.path);
    if (image.error || (!start.startsWith(torn) && !torn.startsWith(start))) continue;
    yield* before;
    before = undefined;
  }
  if (before)
    throw differs(path, `${printable(torn, 80)} is not the beginning of a line of these photographs`);
}

/** @throws UsageError `usage/resume-differs` */
export function assertSameLine(path: string, image: string, written: string, line: string): void {
  if (written !== line)
    throw differs(path, `its line of ${printable(image, 200)} does not match this model and these options`);
}

const differs = (path: string, why: string): UsageError =>
  new UsageError('usage/resume-differs', `${printable(path, 400)} was not written by this command: ${why}.`, {
    hint: 'Use the same photographs, in the same order, the same model and options as before; or start again without --resume. The file was not changed.',
  });

/** Bytes that tell whether a line is one of ours. */
const START = 65_536;

/** The first characters of a file that has no whole line. */
async function startOf(path: string): Promise<string> {
  const file = await open(path, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(START), 0, START, 0);
    // What a character was torn in is left out.
    return buffer.toString('utf8', 0, bytesRead).replace(/\ufffd+$/, '');
  } finally {
    await file.close();
  }
}

/** Lines that end with `\n`, with it. */
async function* wholeLines(path: string): AsyncGenerator<{ readonly text: string; readonly end: number }> {
  const file = await open(path, 'r');
  let rest: Buffer = Buffer.alloc(0);
  let end = 0;
  try {
    for await (const chunk of file.createReadStream({ highWaterMark: 2 ** 20, autoClose: false })) {
      const bytes: Buffer = rest.length > 0 ? Buffer.concat([rest, chunk as Buffer]) : (chunk as Buffer);
      let start = 0;
      for (let stop; (stop = bytes.indexOf(0x0a, start)) >= 0; start = stop + 1) {
        end += stop + 1 - start;
        yield { text: bytes.toString('utf8', start, stop + 1), end };
      }
      rest = bytes.subarray(start);
    }
  } finally {
    await file.close();
  }
}

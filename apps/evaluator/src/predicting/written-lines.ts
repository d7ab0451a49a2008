import { open } from 'node:fs/promises';
import { printable, UsageError } from '@polytag/core';
import type { PlacedImage } from '../bulk/image-list.js';
import type { Lines } from './line-format.js';

/** What an earlier run has to do with a photograph. */
export interface ResumedImage extends PlacedImage {
  /** Its line is in the file: it is predicted once more, to see that the same model writes the same. */
  readonly written?: string;
  /** It has no line, although later ones have: it could not be used. It is read again to tell why. */
  readonly failedBefore?: boolean;
}

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
  after(images: AsyncIterable<PlacedImage>, onSkip: (images: number) => void): AsyncGenerator<ResumedImage>;
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
  if (lines.header !== '' && line !== undefined) {
    if (line !== lines.header)
      throw differs(path, 'its first line is not the header of this format and model');
    line = await next();
  }
  return {
    get end() {
      return end;
    },
    async *after(images, onSkip) {
      let failed: PlacedImage[] = [];
      try {
        for await (const image of images) {
          if (line === undefined || image.error) yield image;
          else if (!line.startsWith(lines.start(image.path))) failed.push(image);
          else {
            for (const one of failed) yield { ...one, failedBefore: true };
            failed = [];
            const own = line;
            line = await next();
            if (line === undefined) yield { ...image, written: own };
            else onSkip(1);
          }
        }
      } finally {
        await written.return(undefined);
      }
      if (line === undefined) return;
      const shown = printable(line.trimEnd(), 80);
      throw differs(path, `the line ${shown} is of no photograph that is named, at its place in their order`);
    },
  };
}

/** @throws UsageError `usage/resume-differs` */
export function assertSameLine(path: string, image: string, written: string, line: string): void {
  if (written !== line)
    throw differs(path, `its line of ${printable(image, 200)} is not what this model and these options give`);
}

const differs = (path: string, why: string): UsageError =>
  new UsageError('usage/resume-differs', `${printable(path, 400)} was not written by this command: ${why}.`, {
    hint: 'Give the same photographs in the same order, model and options as before, or start anew without --resume. The file is as it was.',
  });

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

import { mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { FileError, printable } from '@polytag/core';
import { outputEnded, type Streams } from '@polytag/cli';

/** Where lines go, as they are made. */
export interface LineOutput {
  /** Nobody reads on. */
  readonly ended: boolean;
  write(text: string): Promise<void>;
  /**
   * All is written.
   *
   * @throws FileError `file/vanished` where a file is not at its path any more
   */
  finish(): Promise<void>;
  close(): Promise<void>;
}

/** Lines for a stream, no faster than it takes them; before the first of them a header, which may be empty. */
export function streamOutput({ out }: Streams, header: string): LineOutput {
  let before = header;
  return {
    get ended() {
      return outputEnded(out);
    },
    async write(lines) {
      const text = before + lines;
      before = '';
      if (out.write(text) || outputEnded(out)) return;
      await new Promise<void>((resolve) => {
        for (const event of ['drain', 'error', 'close']) out.once(event, () => resolve());
      });
    },
    finish: async () => {},
    close: async () => {},
  };
}

export interface FileOutputOptions {
  /** First line of a file that is written anew; empty where there is none. */
  readonly header: string;
  /** Bytes of an earlier run that stay; what comes after them is cut off. Default: the file is written anew. */
  readonly kept?: () => number;
  /** Called once, before the file is changed. */
  readonly beforeChange?: () => Promise<void>;
}

/**
 * Lines for a file, which grows with them: what is there after a kill are whole lines, and perhaps a part of one more. Until
 * the first line is written, or all is done, a file that was there stays as it is.
 */
export async function fileOutput(
  path: string,
  { header, kept = () => 0, beforeChange = async () => {} }: FileOutputOptions,
): Promise<LineOutput> {
  await mkdir(dirname(path), { recursive: true });
  const isNew = (await stat(path).catch(() => undefined)) === undefined;
  const file = await open(path, 'a');
  let isBegun = false;
  const begin = async () => {
    if (isBegun) return;
    isBegun = true;
    await beforeChange();
    // What is no file, a pipe or a terminal, has nothing to cut off.
    if ((await file.stat()).isFile()) await file.truncate(kept());
    if (kept() === 0 && header !== '') await file.appendFile(header);
  };
  return {
    ended: false,
    async write(text) {
      await begin();
      await file.appendFile(text);
    },
    async finish() {
      await begin();
      await assertInPlace(path, file);
    },
    async close() {
      await file.close();
      if (isNew && !isBegun) await rm(path, { force: true });
    },
  };
}

/** A file that was removed or replaced takes lines all the same, and nobody can read them. */
async function assertInPlace(path: string, file: FileHandle): Promise<void> {
  const written = await file.stat({ bigint: true });
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  if (there?.ino === written.ino && there.dev === written.dev) return;
  throw new FileError(
    'file/vanished',
    `${printable(path, 400)} was removed or replaced while it was being written: the lines are lost.`,
    { hint: 'Run the command again, and leave the file in place until it ends.' },
  );
}

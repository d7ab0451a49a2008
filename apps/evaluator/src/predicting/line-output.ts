import { mkdir, open, stat, truncate, type FileHandle } from 'node:fs/promises';
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

/** Lines for a stream, no faster than it takes them. */
export function streamOutput({ out }: Streams): LineOutput {
  return {
    get ended() {
      return outputEnded(out);
    },
    async write(text) {
      if (out.write(text) || outputEnded(out)) return;
      await new Promise<void>((resolve) => {
        for (const event of ['drain', 'error', 'close']) out.once(event, () => resolve());
      });
    },
    finish: async () => {},
    close: async () => {},
  };
}

/**
 * Lines for a file, which grows with them: what is there after a kill are whole lines, and perhaps a part of one more.
 *
 * @param kept bytes of an earlier run that stay; what comes after them is cut off before the first line is added. Default:
 *   the file is written anew.
 */
export async function fileOutput(path: string, kept?: () => number): Promise<LineOutput> {
  await mkdir(dirname(path), { recursive: true });
  const file = await open(path, kept ? 'a' : 'w');
  let isCut = kept === undefined;
  const cut = async () => {
    if (!isCut) await truncate(path, kept!());
    isCut = true;
  };
  return {
    ended: false,
    async write(text) {
      await cut();
      await file.appendFile(text);
    },
    async finish() {
      await cut();
      await assertInPlace(path, file);
    },
    close: () => file.close(),
  };
}

/** A file that was removed or replaced takes lines all the same, and nobody can read them. */
async function assertInPlace(path: string, file: FileHandle): Promise<void> {
  const written = await file.stat({ bigint: true });
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  if (there?.ino === written.ino && there.dev === written.dev) return;
  throw new FileError(
    'file/vanished',
    `${printable(path, 400)} was removed or replaced while it was written: the lines are lost.`,
    { hint: 'Leave the file where it is until the command ends, and start anew.' },
  );
}

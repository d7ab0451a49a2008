import { mkdir, open, truncate } from 'node:fs/promises';
import { dirname } from 'node:path';
import { outputEnded, type Streams } from '@polytag/cli';

/** Where lines go, as they are made. */
export interface LineOutput {
  /** Nobody reads on. */
  readonly ended: boolean;
  write(text: string): Promise<void>;
  /** All is written. */
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
    finish: cut,
    close: () => file.close(),
  };
}

import { mkdir, open, rm, stat, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { outputEnded, type Streams } from '@polytag/cli';
import { assertInPlace, isInPlace, replaced } from '../bulk/replaced-file.js';

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
  let file = await open(path, 'a');
  let isBegun = false;
  const begin = async () => {
    if (isBegun) return;
    isBegun = true;
    await beforeChange();
    // What is no file, a pipe or a terminal, has nothing to cut off.
    if ((await file.stat()).isFile()) {
      await assertInPlace(path, file);
      file = await takenOver(path, file, kept());
    }
    if (kept() === 0 && header !== '') await file.appendFile(header);
  };
  return {
    ended: false,
    async write(text) {
      await begin();
      await assertInPlace(path, file);
      await file.appendFile(text);
    },
    async finish() {
      await begin();
      await assertInPlace(path, file);
    },
    async close() {
      const { size } = await file.stat();
      const isOurs = isNew && !isBegun && size === 0 && (await isInPlace(path, file));
      await file.close();
      if (isOurs) await rm(path, { force: true });
    },
  };
}

/** Where a folder or a mount lets no file be replaced. */
const FIXED = new Set(['EACCES', 'EPERM', 'EBUSY', 'EROFS', 'EXDEV']);

/** A new file in the place of one, with its first bytes; where none can be replaced, the same file cut off there. */
async function takenOver(path: string, file: FileHandle, bytes: number): Promise<FileHandle> {
  try {
    const taken = await replaced(path, { from: path, bytes });
    await file.close();
    return taken;
  } catch (error) {
    if (!FIXED.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    await file.truncate(bytes);
    return file;
  }
}

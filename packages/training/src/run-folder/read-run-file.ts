import { CheckpointError } from '@polytag/core';
import { readFileBytes, readTextFile } from '@polytag/files';

/** Logs and records of a run have lines of some hundred bytes, one an epoch or trial. */
const MAX_BYTES = 64e6;

const asked = (what: string) => ({ what, kind: 'checkpoint', maxBytes: MAX_BYTES }) as const;

/**
 * The text of a file that a run folder keeps; undefined when it is not there.
 *
 * @throws CheckpointError those of `readTextFile`
 */
export const readRunFile = (path: string, what: string): Promise<string | undefined> =>
  unlessMissing(readTextFile(path, asked(what)));

/**
 * The same, with a replacement character for each byte that is not UTF-8: for a file whose good lines count.
 *
 * @throws CheckpointError those of `readFileBytes`
 */
export async function readRunLines(path: string, what: string): Promise<readonly string[] | undefined> {
  const bytes = await unlessMissing(readFileBytes(path, asked(what)));
  return bytes && new TextDecoder().decode(bytes).split('\n');
}

async function unlessMissing<Content>(read: Promise<Content>): Promise<Content | undefined> {
  try {
    return await read;
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'checkpoint/file-missing') return undefined;
    throw error;
  }
}

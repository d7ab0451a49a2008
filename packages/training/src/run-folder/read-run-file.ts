import { CheckpointError } from '@polytag/core';
import { readTextFile } from '@polytag/files';

/** Logs and records of a run have lines of some hundred bytes, one an epoch or trial. */
const MAX_BYTES = 64e6;

/**
 * The text of a file that a run folder keeps; undefined when it is not there.
 *
 * @throws CheckpointError those of `readTextFile`
 */
export async function readRunFile(path: string, what: string): Promise<string | undefined> {
  try {
    return await readTextFile(path, { what, kind: 'checkpoint', maxBytes: MAX_BYTES });
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'checkpoint/file-missing') return undefined;
    throw error;
  }
}

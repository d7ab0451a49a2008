import { join } from 'node:path';
import { CheckpointError } from '@polytag/core';
import { readTextFile } from '@polytag/files';

/** The model card as it is; undefined where the folder has none. */
export async function cardOf(folder: string): Promise<string | undefined> {
  try {
    return await readTextFile(join(folder, 'README.md'), {
      what: 'model card',
      kind: 'checkpoint',
      maxBytes: 64e6,
    });
  } catch (error) {
    if (error instanceof CheckpointError && error.code === 'checkpoint/file-missing') return undefined;
    throw error;
  }
}

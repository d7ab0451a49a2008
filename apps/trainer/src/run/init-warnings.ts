import { PolytagError } from '@polytag/core';
import { readLabelFile } from '@polytag/datasets';
import type { RunConfig } from '../config/run-config.js';
import { lookAlikeWarnings, overlapWarnings } from './data-warnings.js';
import { labelFilePath } from '../config/label-file-path.js';

/**
 * What is wrong with the label files of a new config, a line each. The config is of use all the same: the files may be
 * on another machine, or not made yet.
 */
export async function initWarnings({ data }: RunConfig): Promise<string[]> {
  const read = (file: string) =>
    readLabelFile(labelFilePath(data, file), { unknownLabels: data.unknownLabels });
  try {
    const train = await read(data.train);
    const warnings = lookAlikeWarnings(train.labels.names);
    return data.val === null
      ? warnings
      : [...warnings, ...(await overlapWarnings(train, await read(data.val)))];
  } catch (error) {
    if (!(error instanceof PolytagError)) throw error;
    return [`warning: ${error.message}`, ...(error.hint ? [`  hint: ${error.hint}`] : [])];
  }
}

import { join } from 'node:path';
import { DataError } from '@polytag/core';
import type { LabelledSplit } from '../labelled-split.js';
import { fileExists } from '../missing-files.js';
import { HINT, type NusWideOptions } from './nus-wide-options.js';
import { readNusWideCsv } from './read-nus-wide-csv.js';
import { readNusWideLists } from './read-nus-wide-lists.js';

/**
 * Reads NUS-WIDE, in either of its distributions. Images without labels are left out and counted
 * (docs/method.md#nus-wide).
 *
 * @returns the splits `train` and `val` of `asl`, or `train` and `test` of `original`
 * @throws DataError `data/file-missing`, `data/annotation-format`, and those of `SplitBuilder` and `checkSplits`
 */
export async function readNusWide(
  folder: string,
  options: NusWideOptions = {},
): Promise<readonly LabelledSplit[]> {
  const csv = join(folder, 'nus_wid_data.csv');
  const lists = join(folder, 'ImageList');
  let { distribution } = options;
  if (distribution === undefined) {
    if (await fileExists(csv)) distribution = 'asl';
    else if (await fileExists(lists)) distribution = 'original';
    else {
      throw new DataError('data/file-missing', `Neither ${csv} nor ${lists} is there.`, { hint: HINT });
    }
  }
  return distribution === 'asl' ? readNusWideCsv(csv, options) : readNusWideLists(folder, options);
}

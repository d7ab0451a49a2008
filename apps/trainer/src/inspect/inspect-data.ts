import { Progress, type Streams } from '@polytag/cli';
import { DataError } from '@polytag/core';
import type { TextEncoding } from '@polytag/files';
import { readLabelFile, summarise, type LabelledDataset } from '@polytag/datasets';
import { checkWithProgress, nameBadImages } from '../run/bad-images.js';
import { labelTable } from '../tables/label-table.js';

export interface OpeningOptions {
  /** Leaves the images unopened. Default false. */
  readonly quick?: boolean;
  /** The most pixels of an image. Default: 64 million. */
  readonly maxPixels?: number;
  /** Of the label files. Default `utf-8`; a byte order mark overrules it. */
  readonly encoding?: TextEncoding;
  /** What names an encoding on the command line, for the hint. */
  readonly encodingOption?: string;
}

/**
 * Writes what is in label files, and names the images that cannot be used.
 *
 * @param then gets the data sets when all are shown, before bad images become an error
 * @throws DataError `data/bad-images`, and those of `readLabelFile`
 */
export async function inspectLabelFiles(
  files: readonly string[],
  { quick = false, maxPixels, encoding, encodingOption }: OpeningOptions,
  { out, err }: Streams,
  then?: (datasets: readonly LabelledDataset[]) => Promise<void>,
): Promise<void> {
  const progress = new Progress(err);
  let bad = 0;
  const read: LabelledDataset[] = [];
  for (const file of files) {
    const dataset = await readLabelFile(file, {
      missingImages: quick ? 'error' : 'keep',
      encoding,
      encodingOption,
    });
    read.push(dataset);
    out.write(labelTable(file, summarise(dataset)));
    if (quick) continue;
    const checked = await checkWithProgress(dataset, { maxPixels, progress });
    nameBadImages(checked.bad, progress);
    bad += checked.bad.length;
  }
  await then?.(read);
  if (bad > 0) {
    const total = read.reduce((sum, { images }) => sum + images.length, 0);
    throw new DataError(
      'data/bad-images',
      `${bad} of ${total} images cannot be used; they are named above.`,
      {
        hint: 'Copy or convert them, take them out of the label file, or train without them: data.badImages: skip.',
      },
    );
  }
}

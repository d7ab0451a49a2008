import { basename, join } from 'node:path';
import { DataError } from '@polytag/core';
import * as z from 'zod';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { parseJson } from '../parse-json.js';
import { linesOf, readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';

export interface Vg500Options extends Omit<SplitReaderOptions, 'onProgress'> {
  /** Folder of the images, or the one above `VG_100K` and `VG_100K_2` (default: the folder of the data set). */
  readonly images?: string;
}

/** The classes are the integers 0 to 499: the most frequent words of Visual Genome, by rank. */
const CLASSES = Array.from({ length: 500 }, (_, i) => i);
const LABELS = 'vg_category_500_labels_index.json';
const HINT = `Expected train_list_500.txt, test_list_500.txt and ${LABELS} of SSGRL in the folder.`;

const labelIndex = z.union(
  [
    z.int(),
    z
      .string()
      .trim()
      .regex(/^\d+(?:\.0+)?$/)
      .transform(Number),
  ],
  {
    error: 'expected an integer',
  },
);
const labelsOfImages = z.record(z.string(), z.array(labelIndex));

/**
 * Reads VG500, the split of Visual Genome by Chen et al. 2019 (SSGRL): lists of image names, and the class indices of
 * each image. The images are in `VG_100K` and `VG_100K_2`, or all in one of them.
 *
 * @param folder holds `train_list_500.txt`, `test_list_500.txt` and `vg_category_500_labels_index.json`
 * @returns the splits `train` and `test`
 * @throws DataError `data/file-missing`, `data/not-json`, `data/label-file-format`, `data/unknown-image`, and those of
 *   `SplitBuilder` and `checkSplits`
 */
export async function readVg500(
  folder: string,
  { images: root = folder, skipMissing, encoding, onNote }: Vg500Options = {},
): Promise<readonly LabelledSplit[]> {
  const path = join(folder, LABELS);
  const labels = parseJson(await readText(path, 'list of labels', { hint: HINT, encoding }), labelsOfImages, {
    source: path,
    what: 'not a list of labels',
    hint: 'Expected {"1.jpg": [0, 7, …], …}.',
  });
  const labelsOf = new Map(
    Object.entries(labels).map(([name, of]) => [basename(name.replaceAll('\\', '/')), of]),
  );
  const splits: LabelledSplit[] = [];
  for (const name of ['train', 'test']) {
    const source = join(folder, `${name}_list_500.txt`);
    const builder = new SplitBuilder(name, source, root);
    for (const { text, number } of linesOf(
      await readText(source, 'list of images', { hint: HINT, encoding }),
    )) {
      const indices = labelsOf.get(basename(text.replaceAll('\\', '/')));
      if (!indices) {
        throw new DataError('data/unknown-image', `${source}, line ${number}: "${text}" is not in ${path}.`, {
          hint: 'Use all three files from the same release.',
        });
      }
      builder.add(text, indices, `line ${number}`);
    }
    const folders = ['VG_100K', 'VG_100K_2', ''];
    splits.push(await builder.finish({ classes: CLASSES, folders, skipMissing, onNote }));
  }
  return checkSplits(splits);
}

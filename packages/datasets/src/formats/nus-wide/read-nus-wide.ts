import { dirname, join } from 'node:path';
import { counted, DataError } from '@polytag/core';
import { flagOf } from '../csv/flag.js';
import { columnOf, parseCsv } from '../csv/parse-csv.js';
import { parseLabelList } from '../csv/parse-label-list.js';
import { splitNames } from '../csv/split-name.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { fileExists } from '../missing-files.js';
import { linesOf, readText, type Line } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';

export interface NusWideOptions extends SplitReaderOptions {
  /** Folder to which image paths are relative, or one above it (default: the folder of the data set). */
  readonly images?: string;
  /**
   * `asl`: the split distributed with the asymmetric loss, which the paper uses, in `nus_wid_data.csv`. `original`: the
   * lists of the authors of NUS-WIDE. Default: the one that is present, `asl` if both are.
   */
  readonly distribution?: 'asl' | 'original';
}

/** What the folder should contain, for hints. */
const HINT =
  'Expected nus_wid_data.csv (distributed with the asymmetric loss), or ImageList, Groundtruth/TrainTestLabels and Concepts81.txt.';

/**
 * Reads NUS-WIDE, in either of its distributions. Images without labels are left out and counted
 * (docs/method.md#nus-wide).
 *
 * @returns the splits `train` and `val` of `asl`, or `train` and `test` of `original`
 * @throws DataError `data/file-missing`, `data/label-file-format`, and those of `SplitBuilder` and `checkSplits`
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
      throw new DataError('data/file-missing', `Neither ${csv} nor ${lists} was found.`, { hint: HINT });
    }
  }
  return distribution === 'asl' ? readNusWideCsv(csv, options) : readNusWideLists(folder, options);
}

/**
 * Reads the split of NUS-WIDE that was distributed with the asymmetric loss, which the paper uses
 * (docs/method.md#nus-wide): columns `filepath`, `label` (a Python list of names) and `split_name` (`train` or `val`).
 * The classes are all labels of the file, sorted. Images without labels are left out.
 */
async function readNusWideCsv(
  path: string,
  { images: root = dirname(path), skipMissing, encoding, onNote }: NusWideOptions,
): Promise<readonly LabelledSplit[]> {
  const { header, rows } = parseCsv(await readText(path, 'label file', { encoding }), path);
  const [file, label, splitName] = ['filepath', 'label', 'split_name'].map((name) =>
    columnOf(header, name, path),
  );
  const builders = new Map(['train', 'val'].map((split) => [split, new SplitBuilder(split, path, root)]));
  const classes = new Set<string>();
  const splitOf = splitNames(
    'split_name',
    rows.map(({ cells }) => cells[splitName]),
  );
  for (const { cells, line } of rows) {
    const builder = builders.get(splitOf(cells[splitName]) ?? '');
    if (!builder) throw rowError(path, line, `split_name is "${cells[splitName]}", not train or val`);
    const labels = cells[label].trim() === '' ? [] : parseLabelList(cells[label]);
    if (!labels) throw rowError(path, line, `label is ${cells[label]}, not a list such as ['clouds', 'sky']`);
    for (const name of labels) classes.add(name);
    builder.add(cells[file].trim(), labels, `line ${line}`);
  }
  const shared = { classes: [...classes].sort(), folders: ['', 'images'], skipMissing, onNote };
  const splits: LabelledSplit[] = [];
  for (const builder of builders.values()) {
    splits.push(await builder.finish({ ...shared, unlabelled: 'leave-out' }));
  }
  return checkSplits(splits);
}

function rowError(path: string, line: number, reason: string): DataError {
  return new DataError('data/label-file-format', `${path}, line ${line}: ${reason}.`, {
    hint: 'Expected filepath,label,split_name as in the file distributed with the asymmetric loss.',
  });
}

/**
 * Reads NUS-WIDE as its authors distribute it: `ImageList/{Train,Test}Imagelist.txt`, one image per line, and for each
 * concept in `Concepts81.txt` a file with 0 or 1 per line. Images without labels are left out.
 */
async function readNusWideLists(
  folder: string,
  { images: root = folder, skipMissing, encoding, onNote, onProgress }: NusWideOptions,
): Promise<readonly LabelledSplit[]> {
  const text = { hint: HINT, encoding };
  const concepts = await readConcepts(folder, encoding);
  const splits: LabelledSplit[] = [];
  let done = 0;
  for (const split of ['Train', 'Test']) {
    const source = join(folder, 'ImageList', `${split}Imagelist.txt`);
    const images = linesOf(await readText(source, 'list of images', text));
    const labels = images.map((): string[] => []);
    for (const concept of concepts) {
      const path = join(folder, 'Groundtruth', 'TrainTestLabels', `Labels_${concept}_${split}.txt`);
      const column = linesOf(await readText(path, 'list of labels', text));
      refuseOtherLength(path, column.length, source, images.length);
      column.forEach((line, i) => {
        if (isPresent(line, path)) labels[i].push(concept);
      });
      onProgress?.(++done, 2 * concepts.length);
    }
    const builder = new SplitBuilder(split.toLowerCase(), source, root);
    images.forEach(({ text, number }, i) => builder.add(text, labels[i], `line ${number}`));
    splits.push(
      await builder.finish({
        classes: [...concepts].sort(),
        folders: ['Flickr', 'images', ''],
        skipMissing,
        onNote,
        unlabelled: 'leave-out',
      }),
    );
  }
  return checkSplits(splits);
}

async function readConcepts(folder: string, encoding: NusWideOptions['encoding']): Promise<string[]> {
  const beside = join(folder, 'Concepts81.txt');
  const path = (await fileExists(beside)) ? beside : join(folder, 'ConceptsList', 'Concepts81.txt');
  return linesOf(await readText(path, 'list of concepts', { hint: HINT, encoding })).map(
    ({ text, number }) => {
      if (/^[\w ()-]+$/.test(text)) return text;
      throw new DataError(
        'data/label-file-format',
        `${path}, line ${number}: "${text}" is not a concept name.`,
        {
          hint: 'Expected one name per line, e.g. airport.',
        },
      );
    },
  );
}

function refuseOtherLength(path: string, lines: number, source: string, images: number): void {
  if (lines === images) return;
  throw new DataError(
    'data/label-file-format',
    `${path} has ${counted(lines, 'line')}, but ${source} has ${images}: the files do not match.`,
    { hint: 'Check that both files are complete.' },
  );
}

function isPresent({ text, number }: Line, path: string): boolean {
  const flag = flagOf(text);
  if (flag === 'present' || flag === 'absent') return flag === 'present';
  throw new DataError('data/label-file-format', `${path}, line ${number}: expected 0 or 1, got "${text}".`, {
    hint: 'Expected a line with 0 or 1 for each image of the list.',
  });
}

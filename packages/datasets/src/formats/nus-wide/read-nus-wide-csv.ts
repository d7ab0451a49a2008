import { dirname } from 'node:path';
import { DataError } from '@polytag/core';
import { columnOf, parseCsv } from '../csv/parse-csv.js';
import { parseLabelList } from '../csv/parse-label-list.js';
import { splitNames } from '../csv/split-name.js';
import { checkSplits, type LabelledSplit } from '../labelled-split.js';
import { readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';
import type { NusWideOptions } from './nus-wide-options.js';

/**
 * Reads the split of NUS-WIDE that was distributed with the asymmetric loss, the one of the paper
 * (docs/method.md#nus-wide): columns `filepath`, `label` (a Python list of names) and `split_name` (`train` or
 * `val`). The classes are all labels of the file, sorted; images without labels are left out.
 */
export async function readNusWideCsv(
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
    const labels = parseLabelList(cells[label]);
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
  return new DataError('data/annotation-format', `${path}, line ${line}: ${reason}.`, {
    hint: 'Expected filepath,label,split_name as in the file distributed with the asymmetric loss.',
  });
}

import { basename, dirname, extname } from 'node:path';
import { DataError, UsageError, type ClassName } from '@polytag/core';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';
import { columnOf, parseCsv, type CsvTable } from './parse-csv.js';

export interface CsvOptions extends Omit<SplitReaderOptions, 'onProgress'> {
  /** The folder that image paths start from (default: that of the first file). */
  readonly images?: string;
  /** The column of image paths (default: the first). */
  readonly fileColumn?: string;
  /** The column of labels (default: `labels` or `label`, where there is one; else each label has a column of 0 and 1). */
  readonly labelsColumn?: string;
  /** The column that says which split an image is in (default: `split`, where there is one; else a file is a split). */
  readonly splitColumn?: string;
  /** What stands between two labels of a cell. Default `|`. */
  readonly separator?: string;
  /** What stands between two cells. Default `,`. */
  readonly delimiter?: string;
}

/**
 * Reads label files of other tools: CSV with a header, a line for each image. Labels are in one cell
 * (`photo.jpg,dog|person`), or in a column of 0 and 1 for each (`photo.jpg,0,1,1`). The classes are the columns, or all
 * labels of all files, sorted. An image without labels stays, as an all-negative one.
 *
 * @param files a file with a column `split`, or a file for each split
 * @returns the splits, named by the column or by the file, in the order they are first seen
 * @throws DataError `data/file-missing`, `data/annotation-format`, and those of `SplitBuilder` and `checkSplits`;
 *   UsageError `usage/no-files`
 */
export async function readCsv(
  files: readonly string[],
  options: CsvOptions = {},
): Promise<readonly LabelledSplit[]> {
  if (files.length === 0) {
    throw new UsageError('usage/no-files', 'No CSV file was named.', { hint: 'Name at least one (--file).' });
  }
  const builders = new Map<string, SplitBuilder>();
  const classes = new Set<string>();
  for (const source of files) {
    const table = parseCsv(await readText(source, 'label file'), source, options.delimiter);
    const columns = columnsOf(table, source, options);
    if (table.rows.length === 0) {
      throw new DataError('data/empty-set', `${source} lists no images.`, {
        hint: 'Expected a line for each image below the header.',
      });
    }
    for (const name of columns.labels) classes.add(name);
    for (const { cells, line } of table.rows) {
      const split = columns.split === undefined ? fileName(source) : cells[columns.split].trim();
      if (!/^\w[\w.-]*$/.test(split)) throw splitError(source, line, split);
      let builder = builders.get(split);
      if (!builder) builders.set(split, (builder = new SplitBuilder(split, source)));
      const labels = columns.labelsOf(cells, `${source}, line ${line}`);
      for (const label of labels) classes.add(label);
      builder.add(
        cells[columns.file].trim(),
        labels,
        files.length > 1 ? `line ${line} of ${source}` : `line ${line}`,
      );
    }
  }
  const splits: LabelledSplit[] = [];
  const sorted: ClassName[] = [...classes].sort();
  const { images: root = dirname(files[0]), skipMissing } = options;
  for (const builder of builders.values()) {
    splits.push(await builder.finish({ classes: sorted, root, folders: [''], skipMissing }));
  }
  return checkSplits(splits);
}

const fileName = (path: string) => basename(path, extname(path));

interface Columns {
  readonly file: number;
  readonly split?: number;
  /** The labels that have a column each; none when they are in one cell. */
  readonly labels: readonly string[];
  readonly labelsOf: (cells: readonly string[], place: string) => string[];
}

function columnsOf({ header }: CsvTable, source: string, options: CsvOptions): Columns {
  const { separator = '|' } = options;
  const named = (name: string | undefined, usual: readonly string[]) => {
    const found = name ?? usual.find((one) => header.includes(one));
    return found === undefined ? undefined : columnOf(header, found, source);
  };
  const split = named(options.splitColumn, ['split']);
  const column = named(options.labelsColumn, ['labels', 'label']);
  const first = header.findIndex((_, i) => i !== split && i !== column);
  const file = named(options.fileColumn, []) ?? first;
  if (file < 0) {
    throw new DataError('data/annotation-format', `${source} has no column of image paths.`, {
      hint: 'Expected a column of paths beside those of labels and splits.',
    });
  }
  if (column !== undefined) {
    const labelsOf = (cells: readonly string[]) =>
      cells[column]
        .split(separator)
        .map((label) => label.trim())
        .filter((label) => label !== '');
    return { file, split, labels: [], labelsOf };
  }
  const columns = header.flatMap((_, i) => (i === file || i === split ? [] : [i]));
  const unnamed = columns.find((column) => header[column] === '');
  if (columns.length === 0 || unnamed !== undefined) {
    const reason = unnamed === undefined ? 'no column of labels' : `no name for column ${unnamed + 1}`;
    throw new DataError('data/annotation-format', `${source} has ${reason}.`, {
      hint: 'Expected a column "labels", or a column of 0 and 1 for each label.',
    });
  }
  const labelsOf = (cells: readonly string[], place: string) =>
    columns
      .filter((column) => isPresent(cells[column].trim(), header[column], place))
      .map((column) => header[column]);
  return { file, split, labels: columns.map((column) => header[column]), labelsOf };
}

function isPresent(cell: string, column: string, place: string): boolean {
  if (cell === '1') return true;
  if (cell === '0') return false;
  throw new DataError('data/annotation-format', `${place}: column "${column}" has "${cell}", not 0 or 1.`, {
    hint: 'Name the column of labels if they are in one cell (--labels-column).',
  });
}

function splitError(source: string, line: number, split: string): DataError {
  return new DataError(
    'data/annotation-format',
    `${source}, line ${line}: "${split}" is no name of a split.`,
    {
      hint: 'Expected a word such as train, val or test.',
    },
  );
}

import { basename, dirname, extname } from 'node:path';
import { DataError, printable, UsageError, type ClassName } from '@polytag/core';
import { flagVector, flagVectorLength } from '../flag-vector.js';
import { addressName, ImageAddresses, isAddress } from '../image-address.js';
import { hasImageEnding } from '../image-path.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { readText } from '../read-text.js';
import { firstFew } from '../same-labels.js';
import { SplitBuilder } from '../split-builder.js';
import { namingAttachments } from './attachments.js';
import { columnsOf, isProbability, type ColumnOptions, type Columns } from './columns.js';
import { flagOf, type Flag } from './flag.js';
import { isMissing, labelsOfCell, listedLabels } from './label-cell.js';
import { separatorOf } from './label-separator.js';
import { nameOf, parseCsv, type CsvRow, type CsvTable } from './parse-csv.js';
import { splitNames } from './split-name.js';

/** How to read a cell that is neither yes nor no. */
export type UnknownAs = 'unknown' | 'absent' | 'present';

export interface CsvOptions extends Omit<SplitReaderOptions, 'onProgress'>, ColumnOptions {
  /** Folder to which image paths are relative (default: that of the first file). */
  readonly images?: string;
  /**
   * How the file has labels: in one cell (`list`), one per row (`long`), or a column per label (`one-hot`). Default:
   * detected from column names and cells.
   */
  readonly layout?: ColumnOptions['layout'];
  /**
   * The column of image paths (default: the one whose cells look like image files, or that is called `file`, `image`,
   * `id` …).
   */
  readonly fileColumn?: string;
  /** The column of labels (default: `labels`, `tags`, `classes` or similar, in any case). */
  readonly labelsColumn?: string;
  /** The column of splits (default: `split`, `is_valid` or similar; without one, each file is a split). */
  readonly splitColumn?: string;
  /** Separator of the labels in a cell. Default: `|`, `;`, `,`, a line break or a space, detected. */
  readonly separator?: string;
  /** Delimiter between cells. Default: `,`, `;`, a tab or `|`, detected. */
  readonly delimiter?: string;
  /** File extension of images that are listed without one, e.g. `jpg`. Default: that of the only matching file. */
  readonly extension?: string;
  /**
   * What −1 and `?` mean in the column of a label. Default: unknown; but absent if the file has only 1 and −1, as in
   * CelebA.
   */
  readonly unknown?: UnknownAs;
  /**
   * What an empty cell means in the column of a label. Default: unknown if other cells have 0, absent if only present
   * labels are marked.
   */
  readonly empty?: UnknownAs;
}

/**
 * Reads CSV files with a header, as other tools write them. Labels are in one cell (`photo.jpg,dog|person`), one per
 * row, or in a column each (`photo.jpg,0,1,1`). The classes are these columns, or all labels of all files, sorted.
 * Images without labels are kept. `onNote` receives every choice that the reader made.
 *
 * @param files one file with a column of splits, or one file per split
 * @returns the splits, named by the column or by the file, in the order of their first row
 * @throws DataError `data/file-missing`, `data/label-file-format`, `data/empty-set`, and those of `SplitBuilder` and
 *   `checkSplits`; UsageError `usage/no-files`
 */
export async function readCsv(
  files: readonly string[],
  options: CsvOptions = {},
): Promise<readonly LabelledSplit[]> {
  if (files.length === 0) {
    throw new UsageError('usage/no-files', 'No CSV file was given.', {
      hint: 'Give at least one with --file.',
    });
  }
  const tables: Table[] = [];
  for (const source of files) tables.push(await readTable(source, options));
  const { images: root = dirname(files[0]), skipMissing, onNote } = options;
  const pathOf = await imagePaths(root, tables, options);
  const reading = { ...options, ...labelReaders(tables, options), pathOf };
  const builders = new Map<string, SplitBuilder>();
  const builderOf = (split: string, source: string) => {
    let builder = builders.get(split);
    if (!builder) builders.set(split, (builder = new SplitBuilder(split, source, root)));
    return builder;
  };
  const classes = new Set<string>();
  for (const table of tables) {
    const { header, columns } = table;
    if (columns.layout === 'one-hot') for (const column of columns.labels) classes.add(header[column]);
    addRows(table, reading, builderOf, files.length > 1, (label) => classes.add(label));
    noteColumns(table, options);
  }
  if (classes.size === 0) throw noClasses(tables);
  const splits: LabelledSplit[] = [];
  const sorted: ClassName[] = [...classes].sort();
  const labelColumns = tables.every(({ columns }) => columns.layout === 'one-hot');
  for (const builder of builders.values()) {
    const split = await builder.finish({ classes: sorted, folders: [''], skipMissing, onNote });
    splits.push({ ...split, labelColumns });
  }
  return checkSplits(splits);
}

/**
 * Returns how to find the path of the image of a row: addresses on servers and in buckets are looked for below the
 * folder.
 */
async function imagePaths(
  root: string,
  tables: readonly Table[],
  { extension, onNote }: CsvOptions,
): Promise<(row: CsvRow, table: Table) => string> {
  const nameOf = ({ cells }: CsvRow, { columns }: Table) =>
    withExtension(cells[columns.file].trim(), extension);
  const addresses = tables.flatMap((table) =>
    table.rows.map((row) => nameOf(row, table)).filter((name) => isAddress(name)),
  );
  if (addresses.length === 0) return nameOf;
  const below = await ImageAddresses.below(root);
  onNote?.(
    `images are given by their addresses, e.g. "${addresses[0]}", and were looked for by the end of these below ${root}`,
  );
  return (row, table) => {
    const name = nameOf(row, table);
    if (!isAddress(name)) return name;
    return below.find(name, `${table.source}, line ${row.line}`) ?? addressName(name);
  };
}

interface Table extends CsvTable {
  readonly source: string;
  readonly columns: Columns;
}

async function readTable(source: string, options: CsvOptions): Promise<Table> {
  const text = await readText(source, 'label file', { encoding: options.encoding });
  const table = namingAttachments(parseCsv(text, source, options.delimiter, '--delimiter'));
  const columns = columnsOf(table, source, options);
  if (table.rows.length === 0) {
    throw new DataError('data/empty-set', `${source} lists no images.`, {
      hint: 'Expected a header line, then a line for each image.',
    });
  }
  return { ...table, source, columns };
}

/** How cells are read, the same in all files of a call. */
interface LabelReaders {
  /** Separator of the labels in a cell; undefined if each cell is one label. */
  readonly separator?: string;
  /** Whether to merge the rows of an image. */
  readonly merge: boolean;
  readonly meaning: Readonly<Record<Flag, UnknownAs>>;
  /** The labels, if cells are vectors of yes and no by position; undefined if cells name labels. */
  readonly vectorLength?: number;
}

function labelReaders(tables: readonly Table[], options: CsvOptions): LabelReaders {
  const { layout, onNote } = options;
  const lists = tables.filter(({ columns }) => columns.layout === 'list');
  const cells = lists.flatMap(({ rows, columns }) =>
    rows.flatMap((row) => columns.labels.map((column) => row.cells[column])),
  );
  const plain = cells.filter((cell) => listedLabels(cell) === undefined);
  const separator = options.separator ?? (layout === 'long' ? undefined : separatorOf(plain));
  if (options.separator === undefined && separator !== undefined) {
    // Of `a|b, c|d`, keywords in a hierarchy, the comma separates.
    const both =
      separator === ',' ? undefined : plain.find((cell) => cell.includes(separator) && cell.includes(','));
    const comma = both === undefined ? '' : `, not by a comma, as in "${printable(both, 60)}"`;
    onNote?.(`labels in a cell are separated by ${nameOf(separator)}${comma} (change with --separator)`);
  }
  const missing = cells.find(isMissing);
  if (missing !== undefined) onNote?.(`cells with "${missing}" are read as no label`);
  // Where no row has two labels, an image on several rows has a label on each.
  const single =
    layout === undefined &&
    lists.every(({ columns }) => columns.labels.length === 1) &&
    cells.every((cell) => labelsOfCell(cell, separator).length <= 1);
  const merge = layout === 'long' || single;
  const inCells = cells.map((cell) => labelsOfCell(cell, separator));
  const oneCell = layout !== 'long' && lists.every(({ columns }) => columns.labels.length === 1);
  const vectorLength = oneCell
    ? flagVectorLength(inCells.map((found) => (found === 'damaged' ? [] : found)))
    : undefined;
  if (vectorLength !== undefined)
    onNote?.(
      `lists of 0 and 1 are read as multi-hot vectors of ${vectorLength} labels, named 0 to ${vectorLength - 1} (use a column for each label to name them)`,
    );
  return { separator, merge, meaning: meaningOfFlags(tables, options), vectorLength };
}

function meaningOfFlags(
  tables: readonly Table[],
  { unknown, empty, onNote }: CsvOptions,
): LabelReaders['meaning'] {
  const found = new Set<Flag>();
  for (const { rows, columns } of tables) {
    const { layout, labels, confidence } = columns;
    const said = layout === 'one-hot' ? labels : confidence === undefined ? [] : [confidence];
    for (const { cells } of rows) {
      for (const column of said) {
        const flag = flagOf(cells[column]);
        if (flag) found.add(flag);
      }
    }
  }
  const says = (what: string, as: UnknownAs, option: string) =>
    onNote?.(`${what} are read as ${as} (change with --${option})`);
  const minusOne = unknown ?? (found.has('absent') || !found.has('present') ? 'unknown' : 'absent');
  const emptyAs = empty ?? (found.has('absent') || found.has('minus-one') ? 'unknown' : 'absent');
  if (unknown === undefined && found.has('minus-one')) says('cells with -1', minusOne, 'unknown');
  if (empty === undefined && found.has('empty')) says('empty cells', emptyAs, 'empty');
  return {
    present: 'present',
    absent: 'absent',
    'minus-one': minusOne,
    unknown: unknown ?? 'unknown',
    empty: emptyAs,
  };
}

function addRows(
  table: Table,
  {
    separator,
    merge,
    meaning,
    vectorLength,
    pathOf,
  }: LabelReaders & {
    readonly pathOf: (row: CsvRow, table: Table) => string;
  },
  builderOf: (split: string, source: string) => SplitBuilder,
  nameFile: boolean,
  onClass: (label: string) => void,
): void {
  const { header, rows, columns, source } = table;
  const { split, labels, layout, confidence } = columns;
  const splitOf =
    split === undefined
      ? () => basename(source, extname(source))
      : splitNames(
          header[split],
          rows.map(({ cells }) => cells[split]),
        );
  for (const row of rows) {
    const { cells, line } = row;
    const place = `${source}, line ${line}`;
    const name = splitOf(split === undefined ? '' : cells[split]);
    if (name === undefined) throw splitError(place, cells[split!], header[split!]);
    const at = nameFile ? `line ${line} of ${source}` : `line ${line}`;
    const path = pathOf(row, table);
    if (layout === 'one-hot') {
      const present: string[] = [];
      const unknown: string[] = [];
      for (const column of labels) {
        const flag = flagOf(cells[column]);
        if (flag === undefined) throw flagError(place, header[column], cells[column]);
        if (meaning[flag] === 'present') present.push(header[column]);
        if (meaning[flag] === 'unknown') unknown.push(header[column]);
      }
      builderOf(name, source).add(path, present, at, { unknown });
      continue;
    }
    if (vectorLength !== undefined) {
      const said = flagVector([...labelsOfCell(cells[labels[0]], separator)]);
      for (let i = 0; i < vectorLength; i++) onClass(String(i));
      const unknown = said.unknown.map(String);
      builderOf(name, source).add(path, said.present.map(String), at, { unknown });
      continue;
    }
    const found = labels.flatMap((column) => {
      const inCell = labelsOfCell(cells[column], separator);
      if (inCell === 'damaged') throw listError(place, header[column], cells[column]);
      return inCell;
    });
    for (const label of found) onClass(label);
    const sure = confidence === undefined ? 'present' : meaning[flagOf(cells[confidence]) ?? 'present'];
    const present = sure === 'present' ? found : [];
    const unknown = sure === 'unknown' ? found : [];
    const absent = sure === 'absent' ? found : [];
    builderOf(name, source).add(path, present, at, { merge, unknown, absent });
  }
}

const withExtension = (name: string, extension: string | undefined): string =>
  extension === undefined || name === '' || hasImageEnding(name)
    ? name
    : `${name}.${extension.replace(/^\./, '')}`;

/** Reports how a file with several columns was read. */
function noteColumns(
  { header, rows, columns, source }: Table,
  { onNote, splitColumn, labelsColumn, layout: wanted, empty }: CsvOptions,
): void {
  const { layout, file, split, labels, confidence, unread } = columns;
  const quoted = (column: number) => `"${header[column]}"`;
  const says =
    layout === 'one-hot'
      ? `a column for each of ${labels.length} labels`
      : labels.length === 1
        ? `labels in the column ${quoted(labels[0])}`
        : `labels in the columns ${labels.map(quoted).join(', ')}`;
  const splits = split === undefined ? '' : `, splits in ${quoted(split)}`;
  const images = header[file] === '' ? 'the first column' : `the column ${quoted(file)}`;
  onNote?.(`${basename(source)}: images in ${images}, ${says}${splits}`);
  if (confidence !== undefined)
    onNote?.(
      `${basename(source)}: rows with 0 in the column ${quoted(confidence)} mean that the image does not have the label, other rows that it has`,
    );
  if (unread.length > 0)
    onNote?.(`${basename(source)}: ignored columns: ${firstFew(unread.map((column) => header[column]))}`);
  if (layout === 'one-hot' && splitColumn === undefined && labelsColumn === undefined) {
    const usual = labels.filter((column) => /^(?:labels?|tags?|split|set|subset)$/i.test(header[column]));
    for (const column of usual) {
      const option = /^[lt]/i.test(header[column]) ? 'labels-column' : 'split-column';
      onNote?.(
        `${basename(source)}: the column ${quoted(column)} is read as a label (otherwise: --${option} ${header[column]})`,
      );
    }
  }
  if (layout === 'one-hot') {
    const others = labels.filter((column) => NO_LABEL.test(header[column]));
    const blank = labels.filter((column) => rows.every(({ cells }) => cells[column].trim() === ''));
    const told = [...new Set([...others, ...(empty === undefined ? blank : [])])];
    if (told.length > 0 && told.length < labels.length)
      onNote?.(
        `${basename(source)}: read as labels: ${firstFew(told.map((column) => header[column]))} (delete the columns that are not labels)`,
      );
  } else if (wanted === undefined) {
    const said = new Set(rows.flatMap(({ cells }) => labels.map((column) => cells[column].trim())));
    const passed = unread.filter((column) => said.has(header[column]));
    if (passed.length > 1)
      onNote?.(
        `${basename(source)}: the ignored columns ${passed.map(quoted).slice(0, 3).join(', ')} are called like labels (to read a column for each label: --layout one-hot)`,
      );
  }
}

/** Columns of yes and no that usually say something else. */
const NO_LABEL =
  /^(?:train(?:ing)?|val(?:id(?:ation)?)?|test(?:ing)?|(?:k[ _-]?)?folds?|age|sex|gender|count|comments?|notes?|remarks?|width|height|unlabell?ed)$/i;

function flagError(place: string, column: string, cell: string): DataError {
  return new DataError(
    'data/label-file-format',
    `${place}: column "${column}" has "${cell}", which is neither yes nor no.`,
    {
      hint: isProbability(cell)
        ? 'These look like probabilities: write 1 or 0 for each, for example by whether it is at least 0.5. If all labels are in one cell, choose their column with --labels-column.'
        : 'In a column for each label, write 0 and 1, true and false, or yes and no; -1 or nothing if unknown. ' +
          'If it is not a label, delete the column. If all labels are in one cell, choose their column with --labels-column.',
    },
  );
}

/** No cell has a label. */
function noClasses(tables: readonly Table[]): DataError {
  const [{ source, header, columns }] = tables;
  const of = columns.labels.map((column) => `"${header[column]}"`).join(', ');
  const others = columns.unread.map((column) => header[column]);
  return new DataError(
    'data/no-classes',
    `${source}: no row has a label in ${of}, so there are no classes.`,
    {
      hint:
        others.length === 0
          ? 'Write the labels of each image into that column.'
          : `If the labels are in another column, choose it with --labels-column. The others: ${firstFew(others)}.`,
    },
  );
}

function listError(place: string, column: string, cell: string): DataError {
  return new DataError(
    'data/label-file-format',
    `${place}: column "${column}" has a list that cannot be parsed: ${cell.slice(0, 60)}.`,
    {
      hint: /:\s*[\d.]+\s*[,}]/.test(cell)
        ? `These look like scores by label: write a list of the labels that the image has, such as ['cat', 'dog'].`
        : `Expected a complete list of labels, such as ['cat', 'dog'] or ["cat", "dog"].`,
    },
  );
}

function splitError(place: string, split: string, column: string): DataError {
  return new DataError(
    'data/label-file-format',
    `${place}: "${split}" in the column "${column}" is not a split name.`,
    {
      hint: 'Expected a word such as train, val or test. If this is not the split column, choose that with --split-column, or the way labels are written with --layout.',
    },
  );
}

import { basename, dirname, extname, relative, resolve, sep } from 'node:path';
import { DataError, printable, type ClassName } from '@polytag/core';
import { listedLabels } from '../csv/label-cell.js';
import { separatorOf, splitAt } from '../csv/label-separator.js';
import { nameOf as markName } from '../csv/parse-csv.js';
import { splitNames } from '../csv/split-name.js';
import { flagVectorLength } from '../flag-vector.js';
import { addressName, ImageAddresses, isAddress } from '../image-address.js';
import { labelFileContent } from '../label-file/read-label-file.js';
import { checkSplits, type LabelledSplit, type SplitReaderOptions } from '../labelled-split.js';
import { linesOf, readText } from '../read-text.js';
import { SplitBuilder } from '../split-builder.js';
import { usualSplit } from '../usual-split.js';
import { valueOf, type JsonlFields, type Row } from './fields.js';
import { readJsonlTable, valueError, type JsonlTable, type PlacedRow } from './jsonl-table.js';
import type { SaidLabels } from './labels-in.js';
import { saidBy } from './said-by.js';

export interface JsonlOptions extends Omit<SplitReaderOptions, 'onProgress'>, JsonlFields {
  /** Folder to which image paths are relative (default: that of each file). */
  readonly images?: string;
  /** Folder of the data set, whose subfolders name the splits (default: that of the first file). */
  readonly from?: string;
  /** Separator of labels in text. Default: detected, as in CSV. */
  readonly separator?: string;
  /**
   * A label file, or a text file with one label per line: names of labels that are given by number (from 0), and labels
   * that no image has.
   */
  readonly classes?: string;
}

/**
 * Reads files with one JSON object per line (or one list of objects), such as `metadata.jsonl` of Hugging Face. One
 * field has the path of the image, another its labels in any form of `labelsIn`; or each label has its own field. Other
 * fields list unknown or absent labels; `"unlisted": "unknown"` in an object makes all labels unknown that it does not
 * name. An object whose labels are null was not annotated and is left out. The classes are all labels of all files,
 * sorted.
 *
 * @returns the splits, named by a field, by the folder of the file or of the image, or by the file
 * @throws DataError `data/file-missing`, `data/not-json`, `data/label-file-format`, `data/empty-set`,
 *   `data/image-ambiguous`, and those of `SplitBuilder` and `checkSplits`
 */
export async function readJsonl(
  files: readonly string[],
  options: JsonlOptions = {},
): Promise<readonly LabelledSplit[]> {
  const from = options.from ?? dirname(files[0]);
  const { images: root = from, onNote } = options;
  const tables: JsonlTable[] = [];
  for (const source of files) tables.push(await readJsonlTable(source, options));
  const names = options.classes === undefined ? undefined : await classNames(options.classes, options);
  const separator = options.separator ?? foundSeparator(tables, onNote);
  const byNumber = new Set<string>();
  const nameOf = (index: number) => {
    if (names === undefined) byNumber.add(String(index));
    return names?.[index] ?? String(index);
  };
  const isVector = readsVectors(tables, separator, names, options);
  const listed: Listed[] = [];
  for (const table of tables) {
    noteFields(table, options);
    const folder = folderBelow(from, dirname(table.source));
    const splitOf = splitReader(table, folder);
    for (const row of table.rows) {
      const said = saidBy(row, table, { separator, nameOf, isVector });
      listed.push({ row, table, folder, split: splitOf(row), said });
    }
  }
  const annotated = listed.filter(({ said }) => said !== undefined);
  const chosen = annotated.flatMap(({ said }) => [...said!.present, ...said!.unknown, ...said!.absent]);
  const labels = [...new Set([...(names ?? []), ...chosen])].sort();
  // Classes by number stay numbers, whose order is another than that of texts.
  const numeric = labels.length > 0 && labels.every((label) => byNumber.has(label));
  const classes: ClassName[] = numeric ? labels.map(Number).sort((a, b) => a - b) : labels;
  const merge = annotated.every(({ said }) => said!.present.length + said!.unknown.length <= 1);
  const imageOf = await imageReader(root, listed, options.images === undefined);
  const builders = new Map<string, SplitBuilder>();
  for (const one of listed) {
    const { split, table, row, said } = one;
    const builder = builders.get(split) ?? new SplitBuilder(split, table.source, root);
    builders.set(split, builder);
    if (said === undefined) {
      builder.leaveOut('images whose labels are null');
      continue;
    }
    const asClasses = (of: readonly string[]) => (numeric ? of.map(Number) : of);
    const unknown = row.object['unlisted'] === 'unknown' ? unlisted(classes, said) : asClasses(said.unknown);
    builder.add(
      imageOf(one),
      asClasses(said.present),
      files.length > 1 ? `${row.at} of ${table.source}` : row.at,
      {
        unknown,
        // Marks of 0 in a column for each label, or in a vector, only say that the label is not listed.
        absent: table.fields.absentField === undefined ? [] : asClasses(said.absent),
        merge,
      },
    );
  }
  // Below a folder of images that was named, they may be in the folders of the files or not.
  const folders =
    options.images === undefined ? [''] : [...new Set([...listed.map(({ folder }) => folder), ''])];
  const splits: LabelledSplit[] = [];
  const someAnnotated = [...builders.values()].some((builder) => !builder.isEmpty);
  for (const [name, builder] of builders) {
    if (someAnnotated && builder.isEmpty)
      onNote?.(`${name} was left out: the labels of all its images are null`);
    else splits.push(await builder.finish({ classes, folders, skipMissing: options.skipMissing, onNote }));
  }
  return checkSplits(splits);
}

interface Listed {
  readonly row: PlacedRow;
  readonly table: JsonlTable;
  /** Folder of the file, relative to the data set. */
  readonly folder: string;
  readonly split: string;
  /** Undefined if the image was not annotated. */
  readonly said: SaidLabels | undefined;
}

const unlisted = (classes: readonly ClassName[], { present, absent }: SaidLabels) => {
  const known = new Set([...present, ...absent]);
  return classes.filter((label) => !known.has(String(label)));
};

/**
 * Returns the path of the image of a row.
 *
 * @param besideFile paths are relative to the file that has them, as in Hugging Face, unless they include its folder
 */
async function imageReader(
  root: string,
  listed: readonly Listed[],
  besideFile: boolean,
): Promise<(one: Listed) => string> {
  const textOf = ({ row, table }: Listed): string => {
    const value = valueOf(row.object, table.fields.fileField);
    const path: unknown = typeof value === 'object' && value !== null ? (value as Row)['path'] : value;
    if (typeof path === 'string' && path.trim() !== '') return path.trim();
    if (typeof path === 'number') return String(path);
    throw valueError(`${table.source}, ${row.at}`, table.fields.fileField, 'is not the path of an image');
  };
  const anywhere = listed.some((one) => isAddress(textOf(one)))
    ? await ImageAddresses.below(root)
    : undefined;
  return (one) => {
    const path = textOf(one);
    if (!anywhere || !isAddress(path)) {
      const alone =
        !besideFile ||
        one.folder === '' ||
        path.startsWith(`${one.folder}/`) ||
        /^(?:[/\\]|[a-z][\w+.-]*:)/i.test(path);
      return alone ? path : `${one.folder}/${path}`;
    }
    return anywhere.find(path, `${one.table.source}, ${one.row.at}`) ?? addressName(path);
  };
}

/** The split of a row: by its field, by the folder of the file, or by the folder of the image if that works for all. */
function splitReader(
  { source, rows, fields }: JsonlTable,
  folder: string,
): ({ object, at }: PlacedRow) => string {
  const { splitField, fileField } = fields;
  if (splitField !== undefined) {
    const textOf = ({ object }: PlacedRow) => {
      const value = valueOf(object, splitField);
      return typeof value === 'object' ? '' : String(value);
    };
    const nameOf = splitNames(splitField, rows.map(textOf));
    return (row) => {
      const name = nameOf(textOf(row));
      if (name !== undefined) return name;
      throw valueError(
        `${source}, ${row.at}`,
        splitField,
        `has "${printable(textOf(row), 60)}", which is not a split name`,
      );
    };
  }
  const byFolder = folder
    .split('/')
    .map(usualSplit)
    .find((split) => split !== undefined);
  if (byFolder !== undefined) return () => byFolder;
  const topOf = ({ object }: PlacedRow) => {
    const path = valueOf(object, fileField);
    return typeof path === 'string' && path.includes('/') ? usualSplit(path.split('/')[0]) : undefined;
  };
  if (rows.every((row) => topOf(row) !== undefined)) return (row) => topOf(row)!;
  const stem = basename(source, extname(source));
  return () =>
    stem === 'metadata' && folder !== '' ? folder.replaceAll('/', '-') : (usualSplit(stem) ?? stem);
}

/** The path from a folder to one inside it; empty if they are the same, or if it is outside. */
function folderBelow(from: string, folder: string): string {
  const path = relative(resolve(from), resolve(folder)).split(sep).join('/');
  return path.startsWith('..') ? '' : path;
}

async function classNames(path: string, { encoding }: JsonlOptions): Promise<string[]> {
  if (path.endsWith('.json'))
    return (await labelFileContent(path, { encoding, encodingOption: '--encoding' })).classes.map(String);
  return linesOf(await readText(path, 'list of classes', { encoding })).map(({ text }) => text);
}

/** Separator of labels, if labels are text. */
function foundSeparator(tables: readonly JsonlTable[], onNote: JsonlOptions['onNote']): string | undefined {
  const texts = tables.flatMap(({ rows, fields: { labelsField } }) =>
    rows.flatMap(({ object }) => {
      const value = labelsField === undefined ? undefined : valueOf(object, labelsField);
      return typeof value === 'string' && !/^\s*[[{(]/.test(value) ? [value] : [];
    }),
  );
  const found = separatorOf(texts);
  if (found !== undefined)
    onNote?.(`labels in a text are separated by ${markName(found)} (change with --separator)`);
  return found;
}

/**
 * Whether all labels are vectors of yes and no by position.
 *
 * @throws DataError `data/label-file-format` if their length is not that of the names
 */
function readsVectors(
  tables: readonly JsonlTable[],
  separator: string | undefined,
  names: readonly string[] | undefined,
  { classes, onNote }: JsonlOptions,
): boolean {
  const lists: (readonly unknown[])[] = [];
  for (const { rows, fields } of tables) {
    for (const { object } of rows) {
      const field = fields.labelsField;
      if (field === undefined || valueOf(object, `${field}-metadata`) !== undefined) return false;
      const value = valueOf(object, field);
      const list =
        typeof value === 'string' ? (listedLabels(value) ?? splitAt(value, separator ?? '\0')) : value;
      if (Array.isArray(list)) lists.push(list as readonly unknown[]);
      else if (list !== undefined && list !== null) return false;
    }
  }
  const length = flagVectorLength(lists);
  if (length === undefined) return false;
  if (names !== undefined && names.length !== length) {
    throw new DataError(
      'data/label-file-format',
      `${tables[0].source} has vectors of ${length} labels, but ${classes} lists ${names.length}.`,
      { hint: 'List one label per value of the vectors, in the same order.' },
    );
  }
  const called = names ? '' : `, named 0 to ${length - 1} (name them with --classes)`;
  onNote?.(`lists of 0 and 1 are read as multi-hot vectors of ${length} labels${called}`);
  return true;
}

function noteFields({ source, fields }: JsonlTable, { onNote }: JsonlOptions): void {
  const { fileField, labelsField, flagFields, splitField } = fields;
  const labels =
    labelsField === undefined
      ? `a field for each of ${flagFields.length} labels`
      : `labels in "${printable(labelsField)}"`;
  const splits = splitField === undefined ? '' : `, splits in "${printable(splitField)}"`;
  onNote?.(`${basename(source)}: images in the field "${printable(fileField)}", ${labels}${splits}`);
}

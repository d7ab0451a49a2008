import { DataError } from '@polytag/core';
import { flagOf } from './flag.js';
import { usualSplit } from '../usual-split.js';
import { columnOf, type CsvTable } from './parse-csv.js';

/**
 * How a CSV file has labels: in one cell per row (`list`), one label per row (`long`), or a column per label
 * (`one-hot`).
 */
export type CsvLayout = 'list' | 'long' | 'one-hot';

export interface ColumnOptions {
  readonly layout?: CsvLayout | undefined;
  readonly fileColumn?: string;
  readonly labelsColumn?: string;
  readonly splitColumn?: string;
}

/** The positions of the columns of a table. */
export interface Columns {
  readonly layout: 'list' | 'one-hot';
  readonly file: number;
  readonly split?: number;
  /** The column with 1 or 0: whether the image has the label of the row. */
  readonly confidence?: number;
  /** The columns of labels: one, or several if they are numbered (`label1`, `label2`), or one per label. */
  readonly labels: readonly number[];
  /** Columns that are not used. */
  readonly unread: readonly number[];
}

// Names as they are compared: small, without spaces, dashes and underscores.
const FILE_NAMES = [
  ...[
    'file',
    'files',
    'filename',
    'filenames',
    'filepath',
    'fname',
    'path',
    'imagepath',
    'imgpath',
    'imagefile',
  ],
  ...[
    'datei',
    'dateiname',
    'dateipfad',
    'pfad',
    'bild',
    'bilder',
    'bildname',
    'bilddatei',
    'bildpfad',
    'foto',
  ],
  ...['image', 'images', 'imagename', 'imgname', 'img', 'photo', 'picture', 'name', 'imageid', 'imgid', 'id'],
];
const LABEL_NAMES = [
  ...[
    'labels',
    'label',
    'tags',
    'tag',
    'classes',
    'class',
    'categories',
    'category',
    'labelname',
    'labelnames',
  ],
  ...[
    'classname',
    'classnames',
    'keywords',
    'keyword',
    'annotation',
    'annotations',
    'target',
    'targets',
    'choice',
    'choices',
    'regionattributes',
    ...['labelid', 'labelids', 'classid', 'classids', 'categoryid', 'categoryids', 'tagid', 'tagids'],
    ...[
      'schlagwort',
      'schlagworte',
      'schlagwörter',
      'schlagwoerter',
      'stichwort',
      'stichworte',
      'stichwörter',
    ],
    ...['etikett', 'etiketten', 'kategorie', 'kategorien', 'klasse', 'klassen', 'merkmal', 'merkmale'],
    ...['attribute', 'attributes', 'attributeid', 'attributeids', 'genre', 'genres', 'finding', 'findings'],
  ],
];
/** Names such as `Finding Labels`, used if no other column has a clear name. */
const LABEL_ENDING = /(?:label|tag|class|category|keyword|classe|categorie|genre)s?$/;
const SPLIT_NAMES = ['split', 'splits', 'splitname', 'subset', 'partition', 'set'];
/** Column names that are never labels. */
const SPLIT_FLAGS = ['isvalid', 'isval', 'isvalidation', 'istrain', 'istraining', 'istest', 'istesting'];
const IMAGE = /\.(?:jpe?g|jfif|png|webp|gif|bmp|tiff?|avif|heic)$/i;
/** Columns with row numbers, from pandas, R and spreadsheets. */
const INDEX = /^(?:|unnamed: ?\d+(?:\.\d+)?|level_\d+|index|idx|row|nr\.?|no\.?|#)$/i;
/** Columns with 1 or 0 for the label of a row, as in Open Images; 0 means that the image lacks it. */
const CONFIDENCE_NAMES = ['confidence', 'present', 'presence', 'score', 'probability'];

/** Names such as `patient_id` and `HITId`. */
const isNameOfId = (name: string) => /(?:^|[\s_-])id$/i.test(name) || /[A-Za-z]I[dD]$/.test(name);

/** The number in `label_1`, `Tag 2`, and `tag.1` of pandas. */
const NUMBER = /\.?\d+$/;

/** Whether a cell has a number between 0 and 1, or a percentage. */
export const isProbability = (cell: string): boolean =>
  /^(?:0?[.,]\d+|\d+(?:[.,]\d+)? ?%)$/.test(cell.trim());

const compared = (name: string) => name.toLowerCase().replace(/[\s_-]/g, '');

/** What the cells of a column look like. */
interface Look {
  /** Number of non-empty cells that mean present or absent. */
  readonly flags: number;
  /** Number of cells with a number between 0 and 1 or a percentage, such as probabilities. */
  readonly fractions: number;
  readonly images: number;
  readonly filled: number;
}

/**
 * Detects what each column is, by its name and its cells. `options` take precedence.
 *
 * @throws DataError `data/label-file-format`
 */
export function columnsOf({ header, rows }: CsvTable, source: string, options: ColumnOptions): Columns {
  const looks = header.map((_, column): Look => {
    const filled = rows.map(({ cells }) => cells[column].trim()).filter((cell) => cell !== '');
    const count = (is: (cell: string) => boolean) => filled.filter(is).length;
    return {
      flags: count((cell) => flagOf(cell) !== undefined),
      fractions: count((cell) => isProbability(cell) && flagOf(cell) === undefined),
      images: count((cell) => IMAGE.test(cell)),
      filled: filled.length,
    };
  });
  const isFlagOrFraction = (column: number) => {
    const { flags, fractions, filled } = looks[column];
    return flags + fractions === filled;
  };
  const isFlag = (column: number) => looks[column].flags === looks[column].filled;
  const given = (name: string | undefined) =>
    name === undefined ? undefined : columnOf(header, name, source);
  const all = header.map((_, column) => column);
  const usual = (names: readonly string[], of: readonly number[]) =>
    names
      .map((name) => of.find((column) => compared(header[column]) === name))
      .find((column) => column !== undefined);

  const isNumbering = (column: number) => {
    const values = rows.map(({ cells }) => cells[column].trim());
    return values.every((value) => /^\d+$/.test(value)) && new Set(values).size === values.length;
  };
  // Numbers of two rows are 0 and 1, as labels are; those of rows stand at the left edge.
  const isIndex = (column: number) =>
    INDEX.test(header[column]) && rows.length > 0 && isNumbering(column) && (column === 0 || !isFlag(column));
  const index: number[] = [];
  // A column without a name numbers rows at the left edge only.
  for (const column of header.length > 2 ? all.filter(isIndex) : [])
    if (header[column] !== '' || column === index.length) index.push(column);

  let split = given(options.splitColumn);
  let labels = given(options.labelsColumn);
  const free = () => all.filter((column) => !index.includes(column) && column !== split && column !== labels);
  const file = given(options.fileColumn) ?? fileColumn();
  if (file === undefined) {
    throw new DataError('data/label-file-format', `${source} has no column of image paths.`, {
      hint: 'Expected one column of image paths, besides those of labels and splits. Choose it with --file-column.',
    });
  }
  const isId = (column: number) =>
    /^(?:id|.*[\s_-]id)$/i.test(header[column]) && isNumbering(column) && !isFlag(column);
  const rest = free().filter((column) => column !== file && !isId(column));
  split ??= usual(SPLIT_FLAGS, rest);
  const namedSplit = split ?? usual(SPLIT_NAMES, rest) ?? rest.find(saysSplits);
  const flagged = rest.filter((column) => ![split, namedSplit].includes(column) && isFlag(column));
  const series = labels === undefined ? numberedLabels() : [];
  const namedLabels = labels ?? series[0] ?? usual(LABEL_NAMES, rest) ?? alsoLabels();
  const ordinary = flagged.filter((column) => column !== namedLabels);
  const layout = options.layout === 'long' ? 'list' : (options.layout ?? looksLike());
  if (layout === 'list') {
    labels ??= namedLabels ?? onlyText();
    if (labels === undefined) throw noLabels(`no column of labels`);
    const columns = series.includes(labels) ? series : [labels];
    split = namedSplit === labels ? split : namedSplit;
    const others = rest.filter(
      (column) => !columns.includes(column) && column !== split && isFlagOrFraction(column),
    );
    const confidence = usual(CONFIDENCE_NAMES, others);
    const read = confidence === undefined ? columns : [...columns, confidence];
    return { layout, file, split, labels: columns, confidence, unread: unreadBut(...read) };
  }
  // A column of 0 and 1 that is called split is a class; one of words is not.
  if (split === undefined && namedSplit !== undefined && !isFlag(namedSplit)) split = namedSplit;
  const columns = rest.filter((column) => column !== split);
  // Columns of probabilities count, to be refused rather than passed over.
  const classes = columns.filter((column) => {
    if (saysSex(column)) return false;
    const { flags, fractions, filled } = looks[column];
    return 2 * flags >= filled || (isFlagOrFraction(column) && fractions > 0);
  });
  const unnamed = classes.find((column) => header[column] === '');
  const saysNothing = options.layout === undefined && classes.every((column) => looks[column].filled === 0);
  // Empty columns are classes without an image beside others, and no labels where words stand in columns not read.
  if (classes.length === 0 || (saysNothing && classes.length < columns.length))
    throw noLabels('no column of labels');
  if (unnamed !== undefined) throw noLabels(`no name for column ${unnamed + 1}`);
  return { layout, file, split, labels: classes, unread: unreadBut(...classes) };

  function unreadBut(...read: readonly number[]): number[] {
    return free().filter((column) => column !== file && !read.includes(column) && header[column] !== '');
  }

  /** Only words such as training and TEST, and at least two of them, under any name. */
  function saysSplits(column: number): boolean {
    if (LABEL_NAMES.includes(compared(header[column]))) return false;
    const said = new Set(rows.map(({ cells }) => usualSplit(cells[column])));
    return said.size > 1 && !said.has(undefined);
  }

  /** M and F, of which F would mean no. */
  function saysSex(column: number): boolean {
    const said = new Set(rows.map(({ cells }) => cells[column].trim().toUpperCase()));
    return said.has('M') && [...said].every((cell) => ['M', 'F', ''].includes(cell));
  }

  function looksLike(): 'list' | 'one-hot' {
    if (labels !== undefined) return 'list';
    if (namedLabels !== undefined && !(isFlag(namedLabels) && ordinary.length > 0)) return 'list';
    // A column for each label where any looks like it; else the only column that is left holds the labels.
    const some = rest.some((column) => column !== split && column !== namedSplit && looks[column].flags > 0);
    return some || onlyText() === undefined ? 'one-hot' : 'list';
  }

  /** Numbered columns with one label in words: `label1`, `label2`. If they have only yes and no, they are classes. */
  function numberedLabels(): number[] {
    for (const stem of LABEL_NAMES) {
      const of = rest.filter((column) => compared(header[column]).replace(NUMBER, '') === stem);
      const numbered = of.some((column) => NUMBER.test(compared(header[column])));
      if (of.length > 1 && numbered && !of.every(isFlag)) return of;
    }
    return [];
  }

  /** A column called `Finding Labels` or similar, if its cells are lists or no other column has yes and no. */
  function alsoLabels(): number | undefined {
    const called = rest.filter((column) => LABEL_ENDING.test(compared(header[column])) && !isFlag(column));
    const lists = called.filter((column) =>
      rows.some(({ cells }) => /\S\s*[|;]\s*\S|^\[/.test(cells[column])),
    );
    if (lists.length === 1) return lists[0];
    return called.length === 1 && flagged.length === 0 ? called[0] : undefined;
  }

  /** The only column besides those of files and splits. */
  function onlyText(): number | undefined {
    const texts = rest.filter((column) => column !== split && column !== namedSplit && header[column] !== '');
    return texts.length === 1 ? texts[0] : undefined;
  }

  /** The column of image paths: by its cells, then by its name; otherwise the first. */
  function fileColumn(): number | undefined {
    const candidates = free();
    const hasImages = candidates.filter(
      (column) => looks[column].filled > 0 && 2 * looks[column].images > looks[column].filled,
    );
    const byCells = usual(FILE_NAMES, hasImages) ?? hasImages[0];
    if (byCells !== undefined) return byCells;
    const special = [...LABEL_NAMES, ...SPLIT_NAMES, ...SPLIT_FLAGS];
    const others = candidates.filter((column) => !special.includes(compared(header[column])));
    // A class may be called image or file: what only says yes or no names no images where something else does.
    const telling = others.filter((column) => !isFlag(column));
    // Where all else says yes or no, what looks like numbers of rows are names of images.
    const numbered = telling.length === 0 ? index[0] : undefined;
    return usual(FILE_NAMES, telling) ?? numbered ?? usual(FILE_NAMES, others) ?? others[0];
  }

  /** The option, with the column of text that most looks like labels: of few values, and not of identifiers. */
  function example(): string {
    const texts = rest.filter(
      (column) => column !== split && header[column] !== '' && !isFlagOrFraction(column),
    );
    const valuesOf = (column: number) => new Set(rows.map(({ cells }) => cells[column])).size;
    const [words] = texts.sort(
      (a, b) => Number(isNameOfId(header[a])) - Number(isNameOfId(header[b])) || valuesOf(a) - valuesOf(b),
    );
    return words === undefined ? '--labels-column' : `--labels-column ${JSON.stringify(header[words])}`;
  }

  function noLabels(reason: string): DataError {
    const names = header.map((name) => `"${name}"`).join(', ');
    return new DataError('data/label-file-format', `${source} has ${reason}. Its columns: ${names}.`, {
      hint:
        `Expected a column "labels" (${example()} chooses another), or a column of 0 and 1 for each label ` +
        '(--layout one-hot). If a title is above the column names, delete that line.' +
        (header.length > 2 ? '' : ' If the columns were split wrongly, set the delimiter: --delimiter ";".'),
    });
  }
}

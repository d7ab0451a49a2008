import { DataError } from '@polytag/core';
import { CsvError, parse } from 'csv-parse/sync';
import { hasImageEnding } from '../image-path.js';
import { flagOf } from './flag.js';

/** A CSV file. Each row has as many cells as the header. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
  /** The delimiter between cells. */
  readonly delimiter: string;
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** Last line of the row, from 1. */
  readonly line: number;
}

/** In the order in which they are preferred. A space is one only if nothing else divides the header. */
const DELIMITERS = [',', ';', '\t', '|', ' '];
/** Number of rows examined to detect the delimiter. */
const SAMPLE = 50;
const DELIMITER_NAMES: Readonly<Record<string, string>> = { '\t': 'a tab' };

/** What messages call a delimiter or separator. */
export const nameOf = (mark: string): string =>
  DELIMITER_NAMES[mark] ?? (mark === ' ' ? 'a space' : mark === '\n' ? 'a line break' : `"${mark}"`);

/**
 * Parses CSV with a header (RFC 4180: quoted cells may contain delimiters, line breaks and doubled quotes). Any line
 * endings work. White space around cells, empty rows, repeated headers, and columns without name and content are
 * dropped. In text divided by spaces, several count as one.
 *
 * @param source what errors call the file
 * @param delimiter default: `,`, `;`, a tab, `|` or a space, detected, or given in a first line `sep=;`
 * @param delimiterOption the command-line option that sets it, for hints. Default: none
 * @throws DataError `data/label-file-format`, with the line
 */
export function parseCsv(
  text: string,
  source: string,
  delimiter?: string,
  delimiterOption?: string,
): CsvTable {
  const lines = withoutCount(text.replace(/\r\n?/g, '\n'));
  const said = /^"?sep=(.)"?[,;\t]*\n/i.exec(lines)?.[1];
  const from = said === undefined ? 1 : 2;
  const between = delimiter ?? said ?? delimiterOf(lines);
  const place: TablePlace = { source, delimiter: between, delimiterOption };
  const [first, ...others] = recordsOf(lines, place, from);
  if (!first) {
    throw new DataError('data/label-file-format', `${source} is empty.`, {
      hint: 'Expected a header line, then a line for each image.',
    });
  }
  const rows = others.filter(({ cells }) => !isSame(cells, first.cells));
  const header = lacksFirst(first, rows) ? { ...first, cells: ['', ...first.cells] } : first;
  const last = Math.max(...rows.map(({ cells }) => lastFilled(cells)), lastFilled(header.cells));
  const names = Array.from({ length: Math.min(last + 1, header.cells.length) }, (_, i) =>
    header.cells[i].trim(),
  );
  refuseRowForHeader(names, source, from);
  const twice = names.find((name, i) => name !== '' && names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new DataError('data/label-file-format', `${source} has two columns named "${twice}".`, {
      hint: 'Give each column its own name in the header line.',
    });
  }
  const fitted = rows.map((row) => ({ ...row, cells: fittedCells(row, names.length, place) }));
  return { header: names, rows: fitted, delimiter: between };
}

/** Drops a first line with the number of rows, as CelebA has it: the line keeps its place. */
function withoutCount(text: string): string {
  const count = /^\ufeff?\s*(\d+)\s*\n/.exec(text);
  if (!count) return text;
  const rest = text.slice(count[0].length);
  const rows = rest.split('\n').filter((line) => line.trim() !== '').length - 1;
  return rows === Number(count[1]) ? `\n${rest}` : text;
}

const isSame = (a: readonly string[], b: readonly string[]) =>
  a.length > 1 && a.length === b.length && a.every((cell, i) => cell === b[i]);

/**
 * Whether the header lacks the name of the first column: that of image names, as in CelebA, or of row numbers, as R
 * writes them.
 */
function lacksFirst({ cells: header }: CsvRow, rows: readonly CsvRow[]): boolean {
  if (rows.length === 0 || rows.some(({ cells }) => cells.length !== header.length + 1)) return false;
  const images = (column: number) => rows.every(({ cells }) => hasImageEnding(cells[column]));
  const flags = rows.every(({ cells }) => cells.slice(1).every((cell) => flagOf(cell) !== undefined));
  const numbers = rows.every(({ cells }) => /^\d+$/.test(cells[0]));
  const isNamed = IMAGE_COLUMN.test(header[0]);
  return (images(0) && flags && !isNamed) || (numbers && images(1));
}

/** What a column of image names is called, roughly. */
const IMAGE_COLUMN = /image|img|file|photo|picture|path|name|id$/i;

const IMAGE_NAME = /[^\s.]\.(?:jpe?g|png|webp|gif|bmp|tiff?)(?:\s|$)/i;

/** Refuses a first line that names an image: it would be lost, and its cells taken for column names. */
function refuseRowForHeader(names: readonly string[], source: string, line: number): void {
  const image = names.find((name) => IMAGE_NAME.test(name));
  if (image === undefined) return;
  throw new DataError(
    'data/label-file-format',
    `${source}, line ${line}: expected a header line, got the image "${image}".`,
    { hint: 'Add a first line with the column names, such as file,labels.' },
  );
}

/** What errors of a table name. */
interface TablePlace {
  readonly source: string;
  readonly delimiter: string;
  readonly delimiterOption?: string;
}

/** How a hint goes on that is about the delimiter. */
const another = ({ delimiterOption }: TablePlace): string =>
  delimiterOption === undefined ? '' : ` Set another delimiter with ${delimiterOption}.`;

function recordsOf(text: string, place: TablePlace, from: number): CsvRow[] {
  const { source, delimiter } = place;
  try {
    const rows = parseRows(text, delimiter, { from_line: from });
    return rows.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DataError('data/label-file-format', `${source} cannot be parsed as CSV: ${cause.message}.`, {
      hint:
        'Quote cells that contain a delimiter, a quote or a line break, and double the quotes inside them. ' +
        `The delimiter was detected as ${nameOf(delimiter)}.${another(place)}`,
      cause,
    });
  }
}

/** A first line in which all cells are in single quotes. */
const SINGLE_QUOTED = /^\s*'[^'\n]*'(?:[ \t]*[,;|\t ][ \t]*'[^'\n]*')+[ \t]*(?:\n|$)/;

function parseRows(text: string, delimiter: string, options: object): CsvRow[] {
  const records = parse(delimiter === ' ' ? withSingleSpaces(text) : text, {
    info: true,
    skip_empty_lines: true,
    trim: true,
    relax_column_count: true,
    delimiter,
    quote: SINGLE_QUOTED.test(text) ? "'" : '"',
    ...options,
  });
  // With `info`, the parser gives each record beside its place, which its types do not say.
  return (records as unknown as { record: string[]; info: { lines: number } }[]).map(({ record, info }) => ({
    cells: record.map(withoutFormula),
    line: info.lines,
  }));
}

const withSingleSpaces = (text: string): string =>
  text
    .replace(/^[ \t]+/gm, '')
    .replace(/"(?:[^"]|"")*"|[ \t]+/g, (part) => (part.startsWith('"') ? part : ' '));

/** `="007"` is text that a spreadsheet should not read as a number. */
const withoutFormula = (cell: string): string => {
  const text = /^="((?:[^"]|"")*)"$/s.exec(cell)?.[1];
  return text === undefined ? cell : text.replaceAll('""', '"');
};

/** The delimiter that splits the header, and most rows into as many cells. */
function delimiterOf(text: string): string {
  const found = DELIMITERS.map((delimiter) => {
    try {
      const [header, ...rows] = parseRows(text, delimiter, { relax_quotes: true, to: SAMPLE });
      const columns = header?.cells.length ?? 0;
      const all = lacksFirst(header, rows);
      const fitting = all ? rows.length : rows.filter(({ cells }) => cells.length === columns).length;
      return { delimiter, columns, share: rows.length === 0 ? 1 : fitting / rows.length };
    } catch {
      return { delimiter, columns: 0, share: 0 };
    }
  }).filter(({ columns }) => columns > 1);
  const sure = found.filter(({ delimiter }) => delimiter !== ' ');
  sure.sort((a, b) => b.share - a.share || b.columns - a.columns);
  const spaces = found.find(({ delimiter, share }) => delimiter === ' ' && share === 1);
  return (sure[0] ?? spaces)?.delimiter ?? ',';
}

const lastFilled = (cells: readonly string[]) => cells.findLastIndex((cell) => cell.trim() !== '');

/** The cells of a row, as many as the header has. Empty ones at the end are dropped, and an unquoted list is joined. */
function fittedCells({ cells, line }: CsvRow, columns: number, place: TablePlace): readonly string[] {
  const { source, delimiter } = place;
  if (cells.length > columns && lastFilled(cells) < columns) return cells.slice(0, columns);
  if (cells.length === columns) return cells;
  const start = cells.findIndex((cell) => cell.startsWith('[') && !cell.endsWith(']'));
  const end = cells.findLastIndex((cell) => cell.endsWith(']'));
  if (start >= 0 && cells.length - (end - start) === columns) {
    const list = cells.slice(start, end + 1).join(`${delimiter} `);
    return [...cells.slice(0, start), list, ...cells.slice(end + 1)];
  }
  throw new DataError(
    'data/label-file-format',
    `${source}, line ${line}: ${cells.length === 1 ? 'one cell' : `${cells.length} cells`}, but the header has ${columns} ` +
      `(delimiter: ${nameOf(delimiter)}).`,
    {
      hint:
        (columns === 1 ? 'If a title or a comment is above the column names, delete it. ' : '') +
        (cells.length < columns
          ? 'Give each row as many cells as the header; leave those without a value empty.'
          : 'Quote cells that contain a delimiter, such as several labels in one cell: "cat,dog".') +
        another(place),
    },
  );
}

/**
 * The position of a column. Case and white space are ignored if only one column matches then.
 *
 * @throws DataError `data/label-file-format` when there is none of that name
 */
export function columnOf(header: readonly string[], name: string, source: string): number {
  const exact = header.indexOf(name);
  if (exact >= 0) return exact;
  const plain = (text: string) => text.trim().toLowerCase();
  const fitting = header.flatMap((one, i) => (plain(one) === plain(name) ? [i] : []));
  if (fitting.length === 1) return fitting[0];
  throw new DataError('data/label-file-format', `${source} has no column "${name}".`, {
    hint: `Its columns: ${header.map((one) => `"${one}"`).join(', ')}.`,
  });
}

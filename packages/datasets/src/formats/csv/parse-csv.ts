import { DataError } from '@polytag/core';
import { CsvError, parse } from 'csv-parse/sync';

/** A CSV file: rows have as many cells as the header. */
export interface CsvTable {
  readonly header: readonly string[];
  readonly rows: readonly CsvRow[];
}

export interface CsvRow {
  readonly cells: readonly string[];
  /** The line on which the row ends, from 1. */
  readonly line: number;
}

/**
 * Reads CSV with a header (RFC 4180: cells may be quoted and then hold delimiters, line breaks and doubled quotes).
 *
 * @param source how errors name the file
 * @throws DataError `data/annotation-format`, with the line
 */
export function parseCsv(text: string, source: string, delimiter = ','): CsvTable {
  const [header, ...rows] = recordsOf(text, source, delimiter);
  if (!header) {
    throw new DataError('data/annotation-format', `${source} is empty.`, {
      hint: 'Expected a header, and a line for each image.',
    });
  }
  const names = header.cells.map((name) => name.trim());
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined) {
    throw new DataError('data/annotation-format', `${source} has two columns "${twice}".`, {
      hint: 'Give each column its own name in the first line.',
    });
  }
  return { header: names, rows };
}

function recordsOf(text: string, source: string, delimiter: string): CsvRow[] {
  try {
    const records = parse(text, { bom: true, delimiter, info: true, skip_empty_lines: true });
    // With `info`, the parser gives each record beside its place, which its types do not say.
    return (records as unknown as { record: string[]; info: { lines: number } }[]).map(
      ({ record, info }) => ({ cells: record, line: info.lines }),
    );
  } catch (cause) {
    if (!(cause instanceof CsvError)) throw cause;
    throw new DataError('data/annotation-format', `${source} cannot be parsed as CSV: ${cause.message}.`, {
      hint: 'Quote cells that hold a delimiter, a quote or a line break, and double quotes inside them.',
      cause,
    });
  }
}

/**
 * The position of a column.
 *
 * @throws DataError `data/annotation-format` when there is none of that name
 */
export function columnOf(header: readonly string[], name: string, source: string): number {
  const column = header.indexOf(name);
  if (column >= 0) return column;
  throw new DataError('data/annotation-format', `${source} has no column "${name}".`, {
    hint: `Its columns are ${header.map((one) => `"${one}"`).join(', ')}.`,
  });
}

import { DataError, printable } from '@polytag/core';
import type { TextEncoding } from '@polytag/files';
import { parseJsonText } from '../parse-json.js';
import { linesOf, readText } from '../read-text.js';
import { firstFew } from '../same-labels.js';
import { fieldsOf, type FieldsFound, type JsonlFields, type Row } from './fields.js';

/** An object in a file. */
export interface PlacedRow {
  readonly object: Row;
  /** Its place, e.g. `line 3`. */
  readonly at: string;
}

/** A file with its fields. */
export interface JsonlTable {
  readonly source: string;
  readonly rows: readonly PlacedRow[];
  readonly fields: FieldsFound;
}

/**
 * Reads a file with one JSON object per line, or with one list of objects.
 *
 * @param given takes precedence over what is detected
 * @throws DataError `data/file-missing` and the others of `readText`, `data/not-json`, `data/label-file-format`,
 *   `data/empty-set`
 */
export async function readJsonlTable(
  source: string,
  given: JsonlFields & { readonly encoding?: TextEncoding },
): Promise<JsonlTable> {
  const text = await readText(source, 'file of JSON lines', { encoding: given.encoding });
  const rows = /^\s*\[/.test(text) ? elementsOf(text, source) : objectsOf(text, source);
  if (rows.length === 0) {
    throw new DataError('data/empty-set', `${source} lists no images.`, {
      hint: 'Expected one JSON object per line: {"file_name": "1.jpg", "labels": ["cat"]}.',
    });
  }
  const fields = fieldsOf(
    rows.map(({ object }) => object),
    given,
  );
  if (!fields) throw noField(source, 'image paths', '--file-field', rows[0].object);
  if (fields.labelsField === undefined && fields.flagFields.length === 0)
    throw noField(source, 'labels', '--labels-field', rows[0].object);
  return { source, rows, fields };
}

function objectsOf(text: string, source: string): PlacedRow[] {
  return linesOf(text).map(({ text: line, number }) => ({
    object: asObject(parsed(line, `${source}, line ${number}`), `${source}, line ${number}`),
    at: `line ${number}`,
  }));
}

function elementsOf(text: string, source: string): PlacedRow[] {
  const list = parsed(text, source);
  return (list as unknown[]).map((element, i) => ({
    object: asObject(element, `${source}: [${i}]`),
    at: `[${i}]`,
  }));
}

function parsed(text: string, place: string): unknown {
  try {
    return parseJsonText(text);
  } catch (cause) {
    throw new DataError('data/not-json', `${place} cannot be parsed as JSON: ${(cause as Error).message}.`, {
      hint: 'Expected a complete JSON object on each line, or one list of objects.',
      cause,
    });
  }
}

function asObject(value: unknown, place: string): Row {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Row;
  throw new DataError('data/label-file-format', `${place}: expected a JSON object.`, {
    hint: 'For example {"file_name": "1.jpg", "labels": ["cat"]}.',
  });
}

function noField(source: string, what: string, option: string, row: Row): DataError {
  return new DataError('data/label-file-format', `${source} has no field of ${what}.`, {
    hint: `Choose it with ${option}. Fields of the first object: ${firstFew(Object.keys(row), 12)}.`,
  });
}

/** The error in the value of a field. */
export const valueError = (place: string, field: string, problem: string) =>
  new DataError('data/label-file-format', `${place}: field "${printable(field)}" ${problem}.`, {
    hint: 'Expected a label, a list of labels, or an object of yes and no by label. Choose other fields with --labels-field and the like.',
  });

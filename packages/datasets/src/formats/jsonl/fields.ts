import { lookAlikeKey } from '@polytag/core';
import { flagOf } from '../csv/flag.js';

/** An object of a line. */
export type Row = Readonly<Record<string, unknown>>;

/** Which fields say what; a name with dots leads into objects. */
export interface JsonlFields {
  /** The path of the image. */
  readonly fileField?: string;
  /** Its labels. */
  readonly labelsField?: string;
  /** Labels of which nobody knows. */
  readonly unknownField?: string;
  /** Labels that the image is known not to have. */
  readonly absentField?: string;
  /** The split that it is in. */
  readonly splitField?: string;
}

/** How the rows of a file are read. */
export interface FieldsFound extends JsonlFields {
  readonly fileField: string;
  /** Fields that are a label each, 1 or 0, where no field has the labels. */
  readonly flagFields: readonly string[];
}

// Names as they are compared: small, without dashes and underscores. The surest first.
const FILE_NAMES = [
  ...[
    'filename',
    'file',
    'filepath',
    'imagepath',
    'imagefile',
    'imagefilename',
    'imgpath',
    'path',
    'image',
    'img',
  ],
  ...[
    'imageurl',
    'imageuri',
    'imagegcsuri',
    'sourceref',
    'url',
    'uri',
    'photo',
    'picture',
    'name',
    'id',
    'imageid',
  ],
];
const LABEL_NAMES = [
  ...['labels', 'label', 'tags', 'tag', 'classes', 'class', 'categories', 'category', 'targets', 'target'],
  ...['annotations', 'annotation', 'classificationannotations', 'keywords', 'groundtruth', 'objects'],
];
const SPLIT_NAMES = ['split', 'subset', 'partition', 'set', 'mluse'];
/** How Vertex AI says the split. */
const VERTEX_SPLIT = 'dataItemResourceLabels.aiplatform.googleapis.com/ml_use';

const compared = (name: string) => lookAlikeKey(name).replace(/[\s_-]/g, '');

/** The value of a field. A field whose name is the whole text is taken first, dots or not. */
export function valueOf(row: Row, field: string): unknown {
  if (Object.hasOwn(row, field)) return row[field];
  const dot = field.indexOf('.');
  const inner = dot > 0 && Object.hasOwn(row, field.slice(0, dot)) ? row[field.slice(0, dot)] : undefined;
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? valueOf(inner as Row, field.slice(dot + 1))
    : undefined;
}

/** Finds out which field is what, by their names and by what is in them; `given` overrules both. */
export function fieldsOf(rows: readonly Row[], given: JsonlFields): FieldsFound | undefined {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const usual = (of: readonly string[], taken: readonly (string | undefined)[] = []) =>
    of
      .map((word) => names.find((name) => compared(name) === word && !taken.includes(name)))
      .find((name) => name !== undefined);
  const fileField = given.fileField ?? usual(FILE_NAMES);
  if (fileField === undefined) return undefined;
  const splitField = given.splitField ?? usual(SPLIT_NAMES, [fileField]) ?? vertexSplit(rows);
  const taken = [fileField, splitField];
  const unknownField = given.unknownField ?? usual(['unknown'], taken);
  const absentField = given.absentField ?? usual(['absent'], taken);
  const labelsField =
    given.labelsField ??
    usual(LABEL_NAMES, taken) ??
    names.find((name) => Object.hasOwn(rows[0], `${name}-metadata`));
  const others = names.filter((name) => ![...taken, unknownField, absentField].includes(name));
  const flagFields = labelsField === undefined ? others.filter((name) => isFlag(rows, name)) : [];
  return { fileField, labelsField, unknownField, absentField, splitField, flagFields };
}

const vertexSplit = (rows: readonly Row[]) =>
  rows.some((row) => valueOf(row, VERTEX_SPLIT) !== undefined) ? VERTEX_SPLIT : undefined;

/** Whether all rows that have a field say yes or no in it. */
function isFlag(rows: readonly Row[], name: string): boolean {
  const values = rows.flatMap((row) => (Object.hasOwn(row, name) && row[name] !== null ? [row[name]] : []));
  return values.length > 0 && values.every((value) => meaningOf(value) !== undefined);
}

/** What a value of a field that is a label says. */
export function meaningOf(value: unknown): 'present' | 'absent' | 'unknown' | undefined {
  if (value === null || value === undefined) return 'unknown';
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string') return undefined;
  const flag = flagOf(String(value));
  return flag === 'minus-one' || flag === 'empty' ? 'unknown' : flag;
}

import { lookAlikeKey } from '@polytag/core';
import { flagOf } from '../csv/flag.js';

/** The object in a line. */
export type Row = Readonly<Record<string, unknown>>;

/** The fields to read. Dots in a name lead into objects. */
export interface JsonlFields {
  /** The path of the image. */
  readonly fileField?: string;
  /** Its labels. */
  readonly labelsField?: string;
  /** Unknown labels. */
  readonly unknownField?: string;
  /** Labels that the image is known not to have. */
  readonly absentField?: string;
  /** The split of the image. */
  readonly splitField?: string;
}

/** How the rows of a file are read. */
export interface FieldsFound extends JsonlFields {
  readonly fileField: string;
  /** Fields that are one label each, with 1 or 0, if no field lists the labels. */
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
/** The field of Vertex AI for the split. */
const VERTEX_SPLIT = 'dataItemResourceLabels.aiplatform.googleapis.com/ml_use';

const compared = (name: string) => lookAlikeKey(name).replace(/[\s_-]/g, '');

/** The value of a field. A field with the whole text as its name is used first, even if it has dots. */
export function valueOf(row: Row, field: string): unknown {
  if (Object.hasOwn(row, field)) return row[field];
  const dot = field.indexOf('.');
  const inner = dot > 0 && Object.hasOwn(row, field.slice(0, dot)) ? row[field.slice(0, dot)] : undefined;
  return typeof inner === 'object' && inner !== null && !Array.isArray(inner)
    ? valueOf(inner as Row, field.slice(dot + 1))
    : undefined;
}

/** Detects which field is what, by names and content. `given` takes precedence. */
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

/** Whether all rows that have a field have yes or no in it. */
function isFlag(rows: readonly Row[], name: string): boolean {
  const values = rows.flatMap((row) => (Object.hasOwn(row, name) && row[name] !== null ? [row[name]] : []));
  return values.length > 0 && values.every((value) => meaningOf(value) !== undefined);
}

/** The meaning of a value in the field of a label. */
export function meaningOf(value: unknown): 'present' | 'absent' | 'unknown' | undefined {
  if (value === null || value === undefined) return 'unknown';
  if (typeof value !== 'number' && typeof value !== 'boolean' && typeof value !== 'string') return undefined;
  const flag = flagOf(String(value));
  return flag === 'minus-one' || flag === 'empty' ? 'unknown' : flag;
}

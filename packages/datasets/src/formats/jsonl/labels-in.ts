import { listedLabels } from '../csv/label-cell.js';
import { splitAt } from '../csv/label-separator.js';
import { flagVector } from '../flag-vector.js';
import { meaningOf, type Row } from './fields.js';

/** The labels in a value. */
export interface SaidLabels {
  readonly present: readonly string[];
  readonly unknown: readonly string[];
  readonly absent: readonly string[];
}

export interface LabelsInOptions {
  /** Separator of labels in text; undefined if there is none. */
  readonly separator?: string;
  /** Names of labels that are given by number. */
  readonly nameOf: (index: number) => string;
  /** Whether lists are vectors of yes and no by position. Default false. */
  readonly isVector?: boolean;
}

const NAME_KEYS = ['label', 'name', 'class', 'category', 'displayName', 'className', 'tag', 'value', 'title'];

/** A label with a smaller score does not count. */
const SCORE = 0.5;

/**
 * Reads the labels in a JSON value: a name or number; a list of these, or of objects with a name and possibly a `score`
 * (at least ½ counts); yes and no as a list or as an object by label; or text as in a CSV cell.
 *
 * @returns the labels, or what is wrong with the value
 */
export function labelsIn(value: unknown, options: LabelsInOptions): SaidLabels | string {
  const present: string[] = [];
  const unknown: string[] = [];
  const absent: string[] = [];
  const said = { present, unknown, absent };
  if (Array.isArray(value)) {
    if (options.isVector) return labelsInVector(value, options);
    for (const [i, element] of value.entries()) {
      const label = labelOf(element, options);
      if (label === undefined) return `[${i}] is ${told(element)}, which is not a label`;
      if (label !== '') present.push(label);
    }
    return said;
  }
  if (typeof value === 'number')
    return Number.isSafeInteger(value)
      ? { ...said, present: [options.nameOf(value)] }
      : `${value} is not a label`;
  if (typeof value === 'string') {
    const found = listedLabels(value) ?? splitAt(value, options.separator ?? '\0');
    if (found === 'damaged') return 'has a list that cannot be parsed';
    return options.isVector ? labelsInVector(found, options) : { ...said, present: found };
  }
  if (typeof value !== 'object' || value === null) return 'is neither a label nor a list of labels';
  return labelsInObject(value as Row, said, options);
}

/** A value in place of a label, for messages. */
const told = (value: unknown) =>
  Array.isArray(value) ? 'a list' : typeof value === 'object' && value !== null ? 'an object' : String(value);

function labelsInVector(list: readonly unknown[], { nameOf }: LabelsInOptions): SaidLabels {
  const { present, unknown, absent } = flagVector(list);
  return { present: present.map(nameOf), unknown: unknown.map(nameOf), absent: absent.map(nameOf) };
}

function labelsInObject(
  value: Row,
  said: { readonly present: string[]; readonly unknown: string[]; readonly absent: string[] },
  options: LabelsInOptions,
): SaidLabels | string {
  // COCO's objects of an image as Hugging Face writes them: {"bbox": […], "category": […]}.
  const lists = ['category', 'categories', 'label', 'labels', 'choices', 'classifications'].map((key) =>
    Object.hasOwn(value, key) ? value[key] : undefined,
  );
  const list = lists.find((one) => Array.isArray(one) || typeof one === 'string');
  if (list !== undefined) return labelsIn(list, options);
  for (const [label, is] of Object.entries(value)) {
    const meaning = meaningOf(is);
    if (meaning === undefined) return `"${label}" is neither yes nor no`;
    said[meaning].push(label);
  }
  return said;
}

/** The name of a label in a list; empty if its score is too small, undefined if it is not a label. */
function labelOf(element: unknown, { nameOf }: LabelsInOptions): string | undefined {
  if (typeof element === 'string') return element;
  if (element === null) return '';
  if (typeof element === 'number') return Number.isSafeInteger(element) ? nameOf(element) : undefined;
  if (typeof element !== 'object' || element === null) return undefined;
  const object = element as Row;
  const key = NAME_KEYS.find((one) => Object.hasOwn(object, one) && typeof object[one] === 'string');
  if (key === undefined) return undefined;
  const score = object['score'] ?? object['confidence'];
  return typeof score === 'number' && score < SCORE ? '' : String(object[key]);
}

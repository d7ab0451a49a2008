import { parseLabelList } from './parse-label-list.js';
import { splitAt } from './label-separator.js';

/**
 * Reads the labels of a cell that has a list as a program writes it: of Python, JSON or PostgreSQL, `{"choices":
 * ["cat", "dog"]}` of Label Studio, objects with a name, `[{"id": 3, "name": "cat"}]`, or yes and no by label, `{"cat":
 * 1, "dog": 0}`. Empty for a missing value as pandas or a spreadsheet writes it, `nan` or `#N/A`. Undefined for plain text; `damaged`
 * if the list does not end.
 */
export function listedLabels(cell: string): readonly string[] | 'damaged' | undefined {
  const text = cell.trim();
  if (isMissing(text)) return [];
  if (!/^(?:[[{(]|(?:(?:np\.|numpy\.)?array|set|frozenset|list|tuple)\()/.test(text)) return undefined;
  try {
    const labels = labelsInJson(parseLiteral(text));
    if (labels) return labels;
  } catch {
    // Sets, arrays of NumPy and lists without quotes are neither JSON nor plain values of Python.
  }
  const listed = parseLabelList(text)
    // Quotes within the quotes of a list are of the label.
    ?.map((label) => label.trim())
    .filter((label) => label !== '');
  if (listed) return listed;
  // `(other)` is a label, `['cat', 'dog'` is not.
  return /^(?:\[|\{|\w*\([[{]|\(\s*['"])/.test(text) ? 'damaged' : undefined;
}

/** A missing value; `none` may be a label. */
const MISSING = /^(?:nan|<na>|null|#n\/a)$/i;

/** Whether a cell says, as pandas or a spreadsheet does, that a value is missing. */
export const isMissing = (cell: string): boolean => MISSING.test(cell.trim());

/** Parses JSON, also objects as Python prints them: `[{'id': 3, 'name': None}]`. */
function parseLiteral(text: string): unknown {
  if (!/^[[{]/.test(text) || !text.includes("'") || !text.includes('{')) return JSON.parse(text);
  const words: Readonly<Record<string, string>> = { None: 'null', True: 'true', False: 'false' };
  return JSON.parse(
    text.replace(
      /'((?:[^'\\]|\\.)*)'|"(?:[^"\\]|\\.)*"|\b(?:None|True|False)\b/gs,
      (part, single?: string) =>
        single === undefined ? (words[part] ?? part) : JSON.stringify(single.replace(/\\(['\\])/g, '$1')),
    ),
  );
}

function labelsInJson(value: unknown): string[] | undefined {
  const list = Array.isArray(value)
    ? (value as unknown[])
    : ((value as { choices?: unknown } | null)?.choices ?? presentIn(value));
  if (!Array.isArray(list)) return undefined;
  const labels = list.filter((label) => label !== null).flatMap((label: unknown) => labelsOfElement(label));
  return labels.every((label) => label !== undefined)
    ? labels.map((label) => label!.trim()).filter((label) => label !== '')
    : undefined;
}

/** Keys under which an object in a list names its label. */
const NAME_KEYS = ['name', 'label', 'tag', 'tagName', 'class', 'category', 'keyword'];

/** An element of a list: a label, or an object that has it as its name or, a region of Label Studio, in a list. */
function labelsOfElement(element: unknown): (string | undefined)[] {
  if (typeof element === 'string' || typeof element === 'number') return [String(element)];
  if (typeof element !== 'object' || element === null || Array.isArray(element)) return [undefined];
  const entries = Object.entries(element);
  const region = entries.find(([key, of]) => /labels$/i.test(key) && Array.isArray(of))?.[1] as unknown;
  if (Array.isArray(region))
    return region.map((label: unknown) => (typeof label === 'string' ? label : undefined));
  const name = NAME_KEYS.map((key) => entries.find(([of]) => of === key)?.[1] as unknown).find(
    (of) => of !== undefined,
  );
  return [typeof name === 'string' || typeof name === 'number' ? String(name) : undefined];
}

/** The keys of an object that are marked as present; or, in attributes of VIA, its one value. */
function presentIn(value: unknown): string[] | undefined {
  if (value === null || typeof value !== 'object') return undefined;
  const entries: [string, unknown][] = Object.entries(value);
  if (entries.length === 1) {
    const [[, only]] = entries;
    if (typeof only === 'string') return [only];
    if (typeof only === 'object') return presentIn(only);
  }
  const says = entries.every(([, is]) => is === true || is === false || is === 1 || is === 0);
  return says ? entries.filter(([, is]) => is).map(([label]) => label) : undefined;
}

/** The labels of a cell, or `damaged`. */
export function labelsOfCell(cell: string, separator: string | undefined): readonly string[] | 'damaged' {
  return listedLabels(cell) ?? splitAt(cell, separator ?? '\0');
}

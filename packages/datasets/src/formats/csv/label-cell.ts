import { parseLabelList } from './parse-label-list.js';
import { splitAt } from './label-separator.js';

/**
 * Reads the labels of a cell that has a list as a program writes it: of Python, JSON or PostgreSQL, `{"choices":
 * ["cat", "dog"]}` of Label Studio, or yes and no by label, `{"cat": 1, "dog": 0}`. Undefined for plain text; `damaged`
 * if the list does not end.
 */
export function listedLabels(cell: string): readonly string[] | 'damaged' | undefined {
  const text = cell.trim();
  if (!/^(?:[[{(]|(?:(?:np\.|numpy\.)?array|set|frozenset|list|tuple)\()/.test(text)) return undefined;
  try {
    const labels = labelsInJson(JSON.parse(text));
    if (labels) return labels;
  } catch {
    // Python's lists are not JSON.
  }
  const listed = parseLabelList(text)
    ?.map((label) => label.trim())
    .filter((label) => label !== '');
  if (listed) return listed;
  // `(other)` is a label, `['cat', 'dog'` is not.
  return /^(?:\[|\{|\w*\([[{]|\(\s*['"])/.test(text) ? 'damaged' : undefined;
}

function labelsInJson(value: unknown): string[] | undefined {
  const list = Array.isArray(value)
    ? (value as unknown[])
    : ((value as { choices?: unknown } | null)?.choices ?? presentIn(value));
  if (!Array.isArray(list)) return undefined;
  const labels = list
    .filter((label) => label !== null)
    .map((label: unknown) =>
      typeof label === 'string' || typeof label === 'number' ? String(label).trim() : undefined,
    );
  return labels.every((label) => label !== undefined) ? labels.filter((label) => label !== '') : undefined;
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

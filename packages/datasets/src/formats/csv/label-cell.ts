import { parseLabelList } from './parse-label-list.js';
import { splitAt } from './label-separator.js';

/**
 * The labels of a cell that holds a list as a program writes it: of Python or JSON, or Label Studio's
 * `{"choices": ["cat", "dog"]}`. Undefined for plain text; `damaged` for the beginning of a list that is none.
 */
export function listedLabels(cell: string): readonly string[] | 'damaged' | undefined {
  const text = cell.trim();
  if (!/^(?:[[{(]|(?:np\.|numpy\.)?array\()/.test(text)) return undefined;
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
  return /^(?:\[|[{(]\s*['"])/.test(text) ? 'damaged' : undefined;
}

function labelsInJson(value: unknown): string[] | undefined {
  const list = Array.isArray(value) ? value : (value as { choices?: unknown } | null)?.choices;
  if (!Array.isArray(list)) return undefined;
  const labels = list.map((label: unknown) =>
    typeof label === 'string' || typeof label === 'number' ? String(label).trim() : undefined,
  );
  return labels.every((label) => label !== undefined) ? labels.filter((label) => label !== '') : undefined;
}

/** The labels of a cell, or `damaged`. */
export function labelsOfCell(cell: string, separator: string | undefined): readonly string[] | 'damaged' {
  return listedLabels(cell) ?? splitAt(cell, separator ?? '\0');
}

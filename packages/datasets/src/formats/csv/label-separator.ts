/** Separators of labels, the most certain first. A label rarely contains `|`, but often a comma. */
const SEPARATORS = ['|', ';', ',', '\n'] as const;

/**
 * Detects the separator of the labels in these cells; undefined if each cell seems to be one label.
 *
 * A space is a separator only if the words also occur in other cells: `haze primary`, `clear primary` and `haze water`
 * are several labels, `traffic light` and `stop sign` are not.
 */
export function separatorOf(cells: readonly string[]): string | undefined {
  const found = SEPARATORS.find((separator) => cells.some((cell) => splitAt(cell, separator).length > 1));
  if (found !== undefined) return found;
  // Classes by number: `16 0`.
  const numbers =
    cells.every((cell) => /^\s*(?:\d+\s*)*$/.test(cell)) && cells.some((cell) => /\d\s+\d/.test(cell));
  return numbers || isCombination(cells, ' ') ? ' ' : undefined;
}

/** Whether the parts of cells occur in other cells so often that the cells must be combinations. */
export function isCombination(cells: readonly string[], separator: string): boolean {
  const distinct = [...new Set(cells.map((cell) => cell.trim()))].filter((cell) => cell !== '');
  const pieces = distinct.map((cell) => new Set(splitAt(cell, separator)));
  const combined = pieces.filter((of) => of.size > 1);
  const times = new Map<string, number>();
  for (const of of pieces) for (const piece of of) times.set(piece, (times.get(piece) ?? 0) + 1);
  const recurring = combined.filter((of) => [...of].every((piece) => times.get(piece)! > 1));
  // A single combination tells only where each of its pieces is a cell of its own.
  const enough = combined.length > 1 || combined.some((of) => [...of].every((one) => distinct.includes(one)));
  return enough && times.size < distinct.length && recurring.length >= 0.8 * combined.length;
}

/** Drops white space and quotes around a label, also quotes of word processors. */
export const withoutQuotes = (label: string): string =>
  label
    .trim()
    .replace(/^["“”„«](.*)["“”»]$/s, '$1')
    .replace(/^‘(.*)’$/s, '$1')
    .trim();

/** Splits a cell into labels, without white space and quotes around them, and without empty ones. */
export function splitAt(cell: string, separator: string): string[] {
  return cell
    .split(separator)
    .map(withoutQuotes)
    .filter((piece) => piece !== '');
}

/** What may stand between two labels of a cell, the surest sign first. A label with a `|` in it is rare, one with a comma is not. */
const SEPARATORS = ['|', ';', ',', '\n'] as const;

/**
 * What stands between the labels of these cells, found by looking; undefined where each cell seems to be one label.
 *
 * A space is taken for it only when the words of the cells come again in other cells: `haze primary`, `clear primary`
 * and `haze water` are labels in the making, `traffic light` and `stop sign` are not.
 */
export function separatorOf(cells: readonly string[]): string | undefined {
  const found = SEPARATORS.find((separator) => cells.some((cell) => splitAt(cell, separator).length > 1));
  if (found !== undefined) return found;
  // Classes by number: `16 0`.
  const numbers =
    cells.every((cell) => /^\s*(?:\d+\s*)*$/.test(cell)) && cells.some((cell) => /\d\s+\d/.test(cell));
  return numbers || isCombination(cells, ' ') ? ' ' : undefined;
}

/** Whether the pieces of cells come again in others so often that the cells must be combinations of them. */
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

/** The labels of a cell: pieces without white space and quotes around them, none empty. */
export function splitAt(cell: string, separator: string): string[] {
  return cell
    .split(separator)
    .map((piece) =>
      piece
        .trim()
        .replace(/^"(.*)"$/s, '$1')
        .trim(),
    )
    .filter((piece) => piece !== '');
}

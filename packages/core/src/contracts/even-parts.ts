/** Positions `from` to, not including, `to`. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Cuts 0 … size into consecutive ranges of even length, none of them empty; the first ones get the one more. */
export function evenParts(size: number, count: number): Range[] {
  const parts = Math.max(1, Math.min(count, size));
  let start = 0;
  return Array.from({ length: parts }, (_, part) => {
    const from = start;
    start += Math.floor(size / parts) + (part < size % parts ? 1 : 0);
    return { from, to: start };
  });
}

/** The same with the fewest ranges that have at most `most` each; Infinity: one. */
export const partsOfAtMost = (size: number, most: number): Range[] => evenParts(size, Math.ceil(size / most));

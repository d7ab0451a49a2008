/**
 * A count with its noun: `1 label`, `2 labels`, `1 exact copy`.
 *
 * @param many the plural. Default: `one` with an s
 */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** The end of a sentence that refers to things listed above, one per line: `it is named above`. */
export const namedAbove = (count: number): string => `${count === 1 ? 'it is' : 'they are'} listed above`;

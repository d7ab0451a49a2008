/**
 * A number with what is counted, as a person says it: `1 label`, `2 labels`, `1 exact copy`.
 *
 * @param many more than one of them. Default: `one` with an s
 */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${count.toLocaleString('en-US')} ${count === 1 ? one : many}`;

/** How a sentence about things that were named, a line each, goes on: `it is named above`. */
export const namedAbove = (count: number): string => `${count === 1 ? 'it is' : 'they are'} listed above`;

import { flagOf } from './csv/flag.js';

/** The meaning of each element of a list of yes and no. */
export interface FlagVector {
  readonly present: readonly number[];
  readonly unknown: readonly number[];
  readonly absent: readonly number[];
}

/** Words such as yes and x may be labels; these numbers and booleans in a list are not. */
const ELEMENT = /^(?:true|false|[+-]?[01](?:[.,]0*)?)$/i;
const WORD = /^[tf]/i;

/**
 * The length of multi-hot vectors such as `[1, 0, 1]`: yes or no for the label at each position. Undefined for lists of
 * names or label numbers. Vectors all have the same length, and some repeat a value or have words for it.
 */
export function flagVectorLength(lists: readonly (readonly unknown[])[]): number | undefined {
  const length = lists[0]?.length ?? 0;
  if (length < 2 || lists.some((list) => list.length !== length)) return undefined;
  const texts = lists.map((list) => list.map((element) => (isPlain(element) ? String(element).trim() : '')));
  if (!texts.every((list) => list.every((element) => ELEMENT.test(element)))) return undefined;
  const sure = texts.some(
    (list) => list.some((element) => WORD.test(element)) || new Set(list).size < length,
  );
  return sure ? length : undefined;
}

/** The positions of yes, of no, and of neither (−1). */
export function flagVector(list: readonly unknown[]): FlagVector {
  const at = (wanted: string) =>
    list.flatMap((element, i) => (flagOf(String(element)) === wanted ? [i] : []));
  return { present: at('present'), unknown: at('minus-one'), absent: at('absent') };
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

import { flagOf } from './csv/flag.js';

/** What lists of yes and no say of the label at each position. */
export interface FlagVector {
  readonly present: readonly number[];
  readonly unknown: readonly number[];
  readonly absent: readonly number[];
}

/** Words such as yes and x may be labels; in a list these are not. */
const ELEMENT = /^(?:true|false|[+-]?[01](?:[.,]0*)?)$/i;
const WORD = /^[tf]/i;

/**
 * The length of lists that say yes or no of each label by its position, `[1, 0, 1]`, as programs save multi-hot vectors.
 * Undefined for lists of names or of numbers of labels: vectors are of one length, and some hold a value twice or words for it.
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

/** The positions that a vector says yes, no and neither of (−1). */
export function flagVector(list: readonly unknown[]): FlagVector {
  const at = (wanted: string) =>
    list.flatMap((element, i) => (flagOf(String(element)) === wanted ? [i] : []));
  return { present: at('present'), unknown: at('minus-one'), absent: at('absent') };
}

const isPlain = (value: unknown): value is string | number | boolean =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';

import type { Duplicates } from '@polytag/datasets';
import { COPY_KINDS, type CopyKind, type PlantedCopy } from './plant-copies.js';

/** How many planted copies were found, and what was taken for a copy besides. */
export interface JudgedDuplicates {
  readonly recall: Readonly<Record<CopyKind | 'total', number>>;
  /** Of all pairs that were found, those between a planted copy and its image. */
  readonly precision: number;
  readonly missed: readonly PlantedCopy[];
  /** Pairs of different images. Some may be duplicates that the set had before. */
  readonly others: readonly {
    readonly first: number;
    readonly second: number;
    readonly similarity: number;
  }[];
}

/**
 * @param found of the images of a set, then of the copies
 * @param images of the set
 */
export function judgeDuplicates(
  { group, pairs }: Duplicates,
  copies: readonly PlantedCopy[],
  images: number,
): JudgedDuplicates {
  const original = (i: number) => (i < images ? i : copies[i - images].of);
  const missed = copies.filter(({ of }, n) => group[images + n] !== group[of]);
  const share = (of: readonly PlantedCopy[]) =>
    of.length === 0 ? NaN : 1 - of.filter((copy) => missed.includes(copy)).length / of.length;
  const others = pairs.filter(({ first, second }) => original(first) !== original(second));
  const recall = Object.fromEntries([
    ...COPY_KINDS.map((kind) => [kind, share(copies.filter((copy) => copy.kind === kind))]),
    ['total', share(copies)],
  ]) as JudgedDuplicates['recall'];
  return { recall, precision: 1 - others.length / pairs.length, missed, others };
}

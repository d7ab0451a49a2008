import { DataError } from '@polytag/core';
import { stratifiedSplit, type ImageGroups, type SplitImage } from '@polytag/datasets';
import type { DivideOptions } from './shares.js';

/** A way of dividing images into parts. */
export interface Division {
  /** `folds`: each part is scored once, and trained on otherwise. */
  readonly kind: 'parts' | 'folds';
  /** What the parts are called: `train`, `val`, `test`; or `fold-1` … */
  readonly names: readonly string[];
  /** The images that are divided, by their positions in the data set, rising. */
  readonly images: Uint32Array;
  /** The part of each of `images`. */
  readonly parts: Uint32Array;
}

type Shares = readonly (readonly [name: string, share: number])[];

/**
 * Divides images into training, validation and test part, and what is not in the test part into folds.
 *
 * @throws DataError `data/empty-part`
 */
export function divide(
  images: readonly SplitImage[],
  labelCount: number,
  { val, test, folds, seed }: DivideOptions,
  groups?: ImageGroups['groups'],
): Division[] {
  const all = Uint32Array.from(images.keys());
  const into = (kind: Division['kind'], some: Uint32Array, shares: Shares): Division => {
    const parts = stratifiedSplit(
      [...some].map((i) => images[i]),
      shares.map(([, share]) => share),
      { seed, labelCount, groups: groups && [...some].map((i) => groups[i]) },
    );
    const names = shares.map(([name]) => name);
    refuseEmpty(names, parts);
    return { kind, names, images: some, parts };
  };
  const shares = Object.entries({ train: 1 - (val ?? 0) - (test ?? 0), val, test }).flatMap(
    ([name, share]) => (share === undefined ? [] : [[name, share] as const]),
  );
  const divisions = shares.length > 1 ? [into('parts', all, shares)] : [];
  if (folds === undefined) return divisions;
  const [{ names = [], parts = all } = {}] = divisions;
  const left = all.filter((_, at) => names[parts[at]] !== 'test');
  const equal: Shares = Array.from({ length: folds }, (_, fold) => [`fold-${fold + 1}`, 1]);
  return [...divisions, into('folds', left, equal)];
}

function refuseEmpty(names: readonly string[], parts: Uint32Array): void {
  const empty = names.find((_, part) => !parts.includes(part));
  if (empty === undefined) return;
  throw new DataError(
    'data/empty-part',
    `"${empty}" would have no images: there are ${parts.length} in total.`,
    {
      hint: 'Use larger or fewer parts, or smaller groups.',
    },
  );
}

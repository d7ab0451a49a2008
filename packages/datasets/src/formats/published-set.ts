/** Published counts of a data set, to check that a copy is complete. */
export interface PublishedSet {
  readonly name: string;
  readonly classes: number;
  /** Counts by the name of the split. */
  readonly splits: Readonly<Record<string, PublishedSplit>>;
}

/** Counts of one split. */
export interface PublishedSplit {
  /** Several if papers differ. */
  readonly images: readonly number[];
  /** Mean number of different labels per image, to two digits. */
  readonly meanLabels?: string;
  /** Mean number of listed labels per image (one per object), to two digits. */
  readonly meanListed?: string;
  /** Number of images of each class, in sorted order. */
  readonly classImages?: readonly number[];
}

/** The set with exactly these splits, if any. */
export function publishedSet(
  sets: readonly PublishedSet[],
  splits: readonly string[],
): PublishedSet | undefined {
  const names = JSON.stringify([...splits].sort());
  return sets.find((set) => JSON.stringify(Object.keys(set.splits).sort()) === names);
}

/** Counts that are published of a data set: whoever prepares it sees at once whether it is complete. */
export interface PublishedSet {
  readonly name: string;
  readonly classes: number;
  /** By the name that the reader gives the split. */
  readonly splits: Readonly<Record<string, PublishedSplit>>;
}

/** Counts of one split. */
export interface PublishedSplit {
  /** More than one where papers differ. */
  readonly images: readonly number[];
  /** Different labels an image, on average, to two digits. */
  readonly meanLabels?: string;
  /** Listed labels an image (one for each object), on average, to two digits. */
  readonly meanListed?: string;
  /** Images of each class, in sorted order. */
  readonly classImages?: readonly number[];
}

/** The set that has just these splits, if any. */
export function publishedSet(
  sets: readonly PublishedSet[],
  splits: readonly string[],
): PublishedSet | undefined {
  const names = JSON.stringify([...splits].sort());
  return sets.find((set) => JSON.stringify(Object.keys(set.splits).sort()) === names);
}

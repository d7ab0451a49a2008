/** How much of what was planted is found. */
export interface FoundShare {
  /** Planted ones. */
  readonly planted: number;
  /** Suspected ones: as many as were planted, or all that a filter flags. */
  readonly suspected: number;
  /** Suspected and planted. */
  readonly found: number;
  /** found / suspected */
  readonly precision: number;
  /** found / planted */
  readonly recall: number;
}

export function foundShare(suspected: readonly string[], planted: ReadonlySet<string>): FoundShare {
  const found = suspected.filter((one) => planted.has(one)).length;
  return {
    planted: planted.size,
    suspected: suspected.length,
    found,
    precision: found / suspected.length,
    recall: found / planted.size,
  };
}

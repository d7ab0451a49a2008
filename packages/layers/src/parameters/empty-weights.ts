let empty = false;

/**
 * Builds layers with zero weights, for values that are loaded next: initialising takes longer than reading a file
 * (about 0.15 s per million). Weights of other TensorFlow.js layers are initialised as usual.
 */
export function withEmptyWeights<Result>(make: () => Result): Result {
  const before = empty;
  empty = true;
  try {
    return make();
  } finally {
    empty = before;
  }
}

/** Whether new weights are to be zeros. */
export const weightsAreEmpty = (): boolean => empty;

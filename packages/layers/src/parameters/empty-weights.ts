let empty = false;

/**
 * Builds layers whose weights are all zero, for values that are loaded next: drawing initial weights takes longer than
 * reading a file (about 0.15 s a million). Weights of stock TensorFlow.js layers are drawn all the same.
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

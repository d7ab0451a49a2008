/** Position and values of the first pair that is farther apart than absolute + relative·|expected|, or is not a number. */
export function firstDifference(
  got: ArrayLike<number>,
  expected: ArrayLike<number>,
  { absolute = 1e-5, relative = 1e-4 }: { absolute?: number; relative?: number } = {},
): string | undefined {
  if (got.length !== expected.length) return `${got.length} values instead of ${expected.length}`;
  for (let i = 0; i < got.length; i++) {
    if (!(Math.abs(got[i] - expected[i]) <= absolute + relative * Math.abs(expected[i]))) {
      return `element ${i} is ${got[i]} instead of ${expected[i]}`;
    }
  }
  return undefined;
}

/** Position and value of the first number that is NaN or infinite. */
export function firstNotFinite(values: ArrayLike<number>): string | undefined {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i])) return `element ${i} is ${values[i]}`;
  }
  return undefined;
}

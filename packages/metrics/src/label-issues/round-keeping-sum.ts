const { abs, floor, round } = Math;

/** Half to even, as NumPy rounds. */
function roundHalfToEven(value: number): number {
  const down = floor(value);
  if (value - down !== 0.5) return round(value);
  return down % 2 === 0 ? down : down + 1;
}

/**
 * Rounds numbers so that their sum is the rounded sum of what they were (docs/method.md#label-issues): each half to even,
 * then 1 is added to those that lost most by it, or taken from those that won most, until the sum is right. Of equal ones
 * the later is added to, and the earlier taken from.
 */
export function roundKeepingSum(values: readonly number[]): number[] {
  const rounded = values.map(roundHalfToEven);
  const wanted = roundHalfToEven(values.reduce((sum, value) => sum + value, 0));
  const byLoss = [...values.keys()].sort(
    (a, b) => values[a] - rounded[a] - (values[b] - rounded[b]) || a - b,
  );
  for (;;) {
    const missing = wanted - rounded.reduce((sum, value) => sum + value, 0);
    if (missing === 0) return rounded;
    const changed = missing > 0 ? byLoss.slice(-missing) : byLoss.slice(0, abs(missing));
    for (const i of changed) rounded[i] += Math.sign(missing);
  }
}

import { UsageError } from '@polytag/core';

/**
 * Checks the thresholds of a model.
 *
 * @throws UsageError `usage/thresholds` unless there is one number in [0, 1] per label
 */
export function checkedThresholds(thresholds: ArrayLike<number>, labels: number): readonly number[] {
  const values = Array.from(thresholds);
  if (values.length === labels && values.every((value) => value >= 0 && value <= 1)) return values;
  throw new UsageError(
    'usage/thresholds',
    `Expected ${labels} thresholds from 0 to 1, got ${values.length}: [${values.slice(0, 5)}${values.length > 5 ? ', …' : ''}].`,
    { hint: 'Give one threshold from 0 to 1 for every label, in vocabulary order.' },
  );
}

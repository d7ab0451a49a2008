import { UsageError } from '@polytag/core';

/**
 * Thresholds of a model, one for each label.
 *
 * @throws UsageError `usage/thresholds` unless there is one in [0, 1] for every label
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

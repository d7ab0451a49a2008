import type { Schedule } from './schedule.js';

/** The factors of the first `steps` steps. */
export const factors = (schedule: Schedule, steps: number): number[] =>
  Array.from({ length: steps }, (_, step) => schedule.at(step).factor);

export function expectFactors(got: readonly number[], expected: readonly number[]): void {
  expect(got).toHaveLength(expected.length);
  got.forEach((factor, i) => expect(factor).toBeCloseTo(expected[i], 11));
}

import fc from 'fast-check';
import { scoreTable, type ScoreTable } from '../scores/score-table.js';
import { givenLabels, type GivenLabel } from './given-label.js';

/** One image of one label: what was given, −1 for unknown, and a probability that float64 takes from 1 without rounding. */
export interface Entry {
  readonly target: number;
  readonly score: number;
}

const score = fc.nat(64).map((n) => n / 64);

export const entries = (targets: readonly number[] = [0, 1], maxLength = 40): fc.Arbitrary<Entry[]> =>
  fc.array(fc.record({ target: fc.constantFrom(...targets), score }), { maxLength });

export const tableOf = (column: readonly Entry[]): ScoreTable =>
  scoreTable(
    column.map((entry) => entry.score),
    column.map(({ target }) => target),
    { images: column.length, classes: 1 },
  );

export function labelOf(column: readonly Entry[]): GivenLabel {
  const [label] = givenLabels(tableOf(column));
  return label;
}

/** `present` first, then `absent`, by their probabilities of being present. */
export const column = (present: readonly number[], absent: readonly number[]): Entry[] => [
  ...present.map((p) => ({ target: 1, score: p })),
  ...absent.map((p) => ({ target: 0, score: p })),
];

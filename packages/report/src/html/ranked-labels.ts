import type { LabelReport, EvaluationReport } from '../evaluation-report.js';

export interface RankedLabel extends LabelReport {
  /** Position in the vocabulary. */
  readonly index: number;
}

/** Labels from the best average precision to the worst; those without images last; equal ones as in the vocabulary. */
export function rankedLabels({ classes }: EvaluationReport): RankedLabel[] {
  return classes
    .map((entry, index) => ({ ...entry, index }))
    .sort(
      (a, b) =>
        Number(a.positives === 0) - Number(b.positives === 0) ||
        b.averagePrecision - a.averagePrecision ||
        a.index - b.index,
    );
}

/** All, or of too many the first and the last, half of `most` each. */
export function bothEnds<Item>(items: readonly Item[], most: number): readonly Item[] {
  if (items.length <= most) return items;
  const half = Math.floor(most / 2);
  return [...items.slice(0, half), ...items.slice(-half)];
}

import { assertProbability } from '../scores/assert-probability.js';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** Histogram of the scores of one class, for present and absent labels. Unknown elements are left out. */
export interface ScoreHistogram {
  /**
   * [steps + 1]: entry b counts the images that have the label and b / steps <= score < (b + 1) / steps. The sum of
   * entries b, b + 1, … is the number of true positives at the threshold b / steps.
   */
  readonly present: Uint32Array;
  /** The same for images without the label. */
  readonly absent: Uint32Array;
}

/**
 * One histogram per class, in vocabulary order. They give exact counts of decisions at every threshold that is a
 * multiple of 1 / steps.
 *
 * @throws UsageError `usage/not-a-probability`
 */
export function scoreHistograms(table: ScoreTable, steps: number): ScoreHistogram[] {
  const { scores, targets, classes } = table;
  const histograms = Array.from({ length: classes }, () => ({
    present: new Uint32Array(steps + 1),
    absent: new Uint32Array(steps + 1),
  }));
  for (let i = 0; i < scores.length; i++) {
    const truth = judgement(targets[i]);
    if (truth < 0) continue;
    assertProbability(scores[i], i, classes);
    const { present, absent } = histograms[i % classes];
    (truth === 1 ? present : absent)[binOf(scores[i], steps)]++;
  }
  return histograms;
}

/** The largest b with b / steps <= score. The product may be rounded up to the next whole number, or down from it. */
function binOf(score: number, steps: number): number {
  const bin = Math.floor(score * steps);
  if (bin / steps > score) return bin - 1;
  return (bin + 1) / steps <= score ? bin + 1 : bin;
}

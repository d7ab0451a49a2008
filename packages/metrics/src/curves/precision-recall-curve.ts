import { rankedClasses, type RankedClass } from '../scores/ranked-class.js';
import type { ScoreTable } from '../scores/score-table.js';

/**
 * Precision-recall curve of the decisions "score >= threshold", for falling thresholds. It has one point per reachable
 * recall, at the highest threshold that reaches it. Not interpolated; equal scores pass together. Without equal scores,
 * the area under the steps, Σ (recall − recall before) · precision, is the average precision.
 */
export interface PrecisionRecallCurve {
  /** Falling. All three arrays are empty if there are no positives. */
  readonly thresholds: Float64Array;
  readonly precision: Float64Array;
  /** Rising; the last is 1. */
  readonly recall: Float64Array;
}

/** Precision-recall curve of one class. */
export function precisionRecallCurve({
  scores,
  positive,
  count,
  positives,
}: Omit<RankedClass, 'image'>): PrecisionRecallCurve {
  const thresholds = new Float64Array(positives);
  const precision = new Float64Array(positives);
  const recall = new Float64Array(positives);
  let points = 0;
  let hits = 0;
  let hitsBefore = 0;
  for (let i = count - 1; i >= 0; i--) {
    hits += positive[i];
    if ((i > 0 && scores[i - 1] === scores[i]) || hits === hitsBefore) continue;
    thresholds[points] = scores[i];
    precision[points] = hits / (count - i);
    recall[points++] = hits / positives;
    hitsBefore = hits;
  }
  return {
    thresholds: thresholds.slice(0, points),
    precision: precision.slice(0, points),
    recall: recall.slice(0, points),
  };
}

/** Precision-recall curve of each class, in vocabulary order. */
export function precisionRecallCurves(table: ScoreTable): PrecisionRecallCurve[] {
  return Array.from(rankedClasses(table), precisionRecallCurve);
}

/** Precision-recall curve of all N·K decisions together: OP and OR at one threshold for every class. */
export function overallPrecisionRecallCurve(table: ScoreTable): PrecisionRecallCurve {
  const [ranked] = rankedClasses({ ...table, images: table.images * table.classes, classes: 1 });
  return precisionRecallCurve(ranked);
}

import { judgement, type ScoreTable } from '../scores/score-table.js';
import type { Predictions } from './predictions.js';

/** Counts behind precision and recall; [K] each, in vocabulary order. Unknown elements are ignored. */
export interface DecisionCounts {
  /** Present and predicted. */
  readonly hits: Float64Array;
  readonly predicted: Float64Array;
  /** Present. */
  readonly positives: Float64Array;
}

export function decisionCounts({ targets, classes }: ScoreTable, predictions: Predictions): DecisionCounts {
  const hits = new Float64Array(classes);
  const predicted = new Float64Array(classes);
  const positives = new Float64Array(classes);
  for (let row = 0; row < predictions.length; row += classes) {
    for (let k = 0; k < classes; k++) {
      const truth = judgement(targets[row + k]);
      if (truth < 0) continue;
      predicted[k] += predictions[row + k];
      positives[k] += truth;
      hits[k] += truth & predictions[row + k];
    }
  }
  return { hits, predicted, positives };
}

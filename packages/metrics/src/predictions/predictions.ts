import { UsageError } from '@polytag/core';
import type { ScoreTable } from '../scores/score-table.js';

/** [N, K], row-major: 1 where a label is predicted, else 0. */
export type Predictions = Uint8Array;

/** Whether a score equal to its threshold is a prediction: no with `above`, yes with `at-least`. */
export type ThresholdRule = 'above' | 'at-least';

/**
 * Predicts every label whose score passes a threshold.
 *
 * @param threshold one for all classes, or one per class in vocabulary order
 * @throws UsageError `usage/shape-mismatch` if the number of thresholds is not the number of classes
 */
export function predictAtThreshold(
  table: ScoreTable,
  threshold: number | ArrayLike<number>,
  rule: ThresholdRule = 'above',
): Predictions {
  const { scores, classes } = table;
  const perClass = typeof threshold === 'number' ? new Float64Array(classes).fill(threshold) : threshold;
  if (perClass.length !== classes) {
    throw new UsageError(
      'usage/shape-mismatch',
      `Expected ${classes} thresholds, one for each label, got ${perClass.length}.`,
    );
  }
  const predictions = new Uint8Array(scores.length);
  const equalCounts = rule === 'at-least';
  for (let row = 0; row < scores.length; row += classes) {
    for (let k = 0; k < classes; k++) {
      const score = scores[row + k];
      if (score > perClass[k] || (equalCounts && score === perClass[k])) predictions[row + k] = 1;
    }
  }
  return predictions;
}

/**
 * Predicts the k best labels of every image; among equal scores the lower class index comes first.
 *
 * @param k labels per image (default 3, the usual protocol); all labels if there are fewer
 * @param minimum leaves out labels that score less (ML-GCN's protocol: 0.5). Default: none.
 */
export function predictTop(table: ScoreTable, k = 3, minimum = -Infinity): Predictions {
  const { scores, classes } = table;
  const predictions = new Uint8Array(scores.length);
  const best = new Int32Array(Math.min(k, classes));
  for (let row = 0; row < scores.length; row += classes) {
    let held = 0;
    for (let c = 0; c < classes; c++) {
      const score = scores[row + c];
      if (held === best.length && !(score > scores[row + best[held - 1]])) continue;
      let place = held < best.length ? held++ : held - 1;
      for (; place > 0 && score > scores[row + best[place - 1]]; place--) best[place] = best[place - 1];
      best[place] = c;
    }
    for (let i = 0; i < held; i++) if (scores[row + best[i]] >= minimum) predictions[row + best[i]] = 1;
  }
  return predictions;
}

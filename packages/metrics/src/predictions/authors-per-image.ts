import { judgement, type ScoreTable } from '../scores/score-table.js';
import type { Predictions } from './predictions.js';

/** Metrics that the paper's authors print during training. */
export interface AuthorsPerImage {
  /** Means over images of precision, recall and F1; 0 for an image without a true positive. */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** Over all elements; NaN (0/0) if nothing is predicted or nothing is true. */
  readonly OP: number;
  readonly OR: number;
  readonly OF1: number;
}

/**
 * Per-image means, as in the authors' logs. Their code names the first three mean_P_C, mean_R_C and mean_F_C, as if
 * they were means over classes, but it loops over images. Use {@link precisionRecall} for the metrics that papers
 * report.
 */
export function authorsPerImage(table: ScoreTable, predictions: Predictions): AuthorsPerImage {
  const { targets, images, classes } = table;
  const sums = { precision: 0, recall: 0, f1: 0, hits: 0, predicted: 0, positives: 0 };
  for (let row = 0; row < predictions.length; row += classes) {
    let hits = 0;
    let predicted = 0;
    let positives = 0;
    for (let element = row; element < row + classes; element++) {
      const truth = judgement(targets[element]);
      if (truth < 0) continue;
      predicted += predictions[element];
      positives += truth;
      hits += truth & predictions[element];
    }
    sums.hits += hits;
    sums.predicted += predicted;
    sums.positives += positives;
    if (hits === 0) continue;
    sums.precision += hits / predicted;
    sums.recall += hits / positives;
    sums.f1 += (2 * hits) / (predicted + positives);
  }
  const OP = sums.hits / sums.predicted;
  const OR = sums.hits / sums.positives;
  return {
    precision: sums.precision / images,
    recall: sums.recall / images,
    f1: sums.f1 / images,
    OP,
    OR,
    OF1: (2 * OP * OR) / (OP + OR),
  };
}

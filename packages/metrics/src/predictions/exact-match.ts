import { judgement, type ScoreTable } from '../scores/score-table.js';
import type { Predictions } from './predictions.js';

/** Fraction of images whose judged labels are all predicted right. NaN without images. */
export function exactMatch(table: ScoreTable, predictions: Predictions): number {
  const { targets, images, classes } = table;
  let matches = 0;
  for (let row = 0; row < predictions.length; row += classes) {
    let element = row;
    for (; element < row + classes; element++) {
      const truth = judgement(targets[element]);
      if (truth >= 0 && truth !== predictions[element]) break;
    }
    if (element === row + classes) matches++;
  }
  return matches / images;
}

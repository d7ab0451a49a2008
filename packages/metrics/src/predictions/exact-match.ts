import { judgement, type ScoreTable } from '../scores/score-table.js';
import type { Predictions } from './predictions.js';

/** Fraction of images whose known labels are all predicted correctly. NaN without images. */
export function exactMatch(table: ScoreTable, predictions: Predictions): number {
  return correctImages(table, predictions).reduce((sum, one) => sum + one, 0) / table.images;
}

/** [N]: 1 for an image whose judged labels are all predicted right, else 0. */
export function correctImages(
  { targets, images, classes }: ScoreTable,
  predictions: Predictions,
): Uint8Array {
  const correct = new Uint8Array(images);
  for (let image = 0; image < images; image++) {
    let element = image * classes;
    const end = element + classes;
    for (; element < end; element++) {
      const truth = judgement(targets[element]);
      if (truth >= 0 && truth !== predictions[element]) break;
    }
    if (element === end) correct[image] = 1;
  }
  return correct;
}

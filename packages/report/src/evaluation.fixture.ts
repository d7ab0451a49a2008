import { evaluateScores, scoreTable } from '@polytag/metrics';

/** Four images, four labels; nobody has the last one, one decision on the second is not judged. */
export const smallTable = {
  table: scoreTable(
    // prettier-ignore
    [
      0.9, 0.2, 0.6, 0.1,
      0.8, 0.7, 0.9, 0.1,
      0.7, 0.9, 0.1, 0.2,
      0.1, 0.3, 0.8, 0.1,
    ],
    // prettier-ignore
    [
      1, 0, 0, 0,
      0, 1, 1, 0,
      1, -1, 0, 0,
      0, 0, 1, 0,
    ],
    { images: 4, classes: 4 },
  ),
  thresholds: [0.7, 0.5, 0.7, 0.5],
};

export function smallEvaluation(labels: readonly string[] = ['boat', 'car', 'dog', 'zebra']) {
  return evaluateScores({ ...smallTable.table, labels, thresholds: smallTable.thresholds });
}

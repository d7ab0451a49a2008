import { evaluateScores } from '@polytag/metrics';

/** Four images, four labels; nobody has a zebra, one decision on "car" is not judged. */
export function smallEvaluation(labels: readonly string[] = ['boat', 'car', 'dog', 'zebra']) {
  return evaluateScores({
    labels,
    images: 4,
    // prettier-ignore
    targets: [
      1, 0, 0, 0,
      0, 1, 1, 0,
      1, -1, 0, 0,
      0, 0, 1, 0,
    ],
    // prettier-ignore
    scores: [
      0.9, 0.2, 0.6, 0.1,
      0.8, 0.7, 0.9, 0.1,
      0.7, 0.9, 0.1, 0.2,
      0.1, 0.3, 0.8, 0.1,
    ],
    thresholds: [0.7, 0.5, 0.7, 0.5],
  });
}

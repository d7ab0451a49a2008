import type { Predictions } from '../predictions/predictions.js';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** Two classes that are confused, in one direction. */
export interface ConfusedPair {
  /** The class that is present and not predicted. */
  readonly missed: number;
  /** The class that is predicted and absent. */
  readonly predicted: number;
  /** Number of images in which both happen. */
  readonly images: number;
}

/**
 * The pairs of classes confused in most images. In multi-label data a wrong prediction does not belong to one missed
 * label, so a pair (a, b) counts the images in which a is present and not predicted while b is predicted and absent.
 * Most images first; then the lower `missed`, the lower `predicted`. Unknown elements are ignored.
 *
 * @param most maximum number of pairs (default 12)
 */
export function confusedPairs(table: ScoreTable, predictions: Predictions, most = 12): ConfusedPair[] {
  const { targets, classes } = table;
  const counts = new Map<number, number>();
  for (let row = 0; row < predictions.length; row += classes) {
    const missed: number[] = [];
    const wrong: number[] = [];
    for (let k = 0; k < classes; k++) {
      const truth = judgement(targets[row + k]);
      if (truth === 1 && !predictions[row + k]) missed.push(k);
      if (truth === 0 && predictions[row + k]) wrong.push(k);
    }
    for (const a of missed)
      for (const b of wrong) counts.set(a * classes + b, (counts.get(a * classes + b) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, imagesOfA], [b, imagesOfB]) => imagesOfB - imagesOfA || a - b)
    .slice(0, most)
    .map(([pair, images]) => ({
      missed: Math.floor(pair / classes),
      predicted: pair % classes,
      images,
    }));
}

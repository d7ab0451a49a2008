import { UsageError } from '@polytag/core';
import type { Evaluation } from '../evaluate-scores.js';

/** How many training images separate the groups. */
export interface FrequencyBounds {
  /** A label on more training images than this is in `many`. Default 100. */
  readonly many?: number;
  /** A label on fewer training images than this is in `few`. Default 20. */
  readonly few?: number;
}

/** Labels that about as many training images have, and how well a model knows them. */
export interface FrequencyGroup {
  readonly name: 'many' | 'medium' | 'few';
  /** Training images a label of the group has, at least and at most; `to` is infinite for `many`. */
  readonly from: number;
  readonly to: number;
  /** Positions of its labels in the vocabulary, ascending; may be empty. */
  readonly labels: readonly number[];
  /** How many of them are on a scored image: over these the mean goes. */
  readonly occurring: number;
  /**
   * Mean average precision over the labels of the group that are on a scored image, as
   * `Evaluation.mAPOccurring` is over all labels; a fraction. NaN when there is none.
   */
  readonly mAPOccurring: number;
}

/**
 * The labels by how many training images have them, and the mAP of each group: whether a model knows the rare labels,
 * which the mean over all labels hides. The groups and their bounds are those of Liu et al., "Large-Scale Long-Tailed
 * Recognition in an Open World" (CVPR 2019): `many` above 100 images, `few` below 20, `medium` between, both ends
 * included (docs/method.md#frequency-groups).
 *
 * @param evaluation what `evaluateScores` gives; only its average precisions and positives are read
 * @param trainingImages images of the *training* set that have the label, one a label in vocabulary order. An unknown label
 *   of an image does not count. Those of the scored set (`evaluation.positives`) are no stand-in: their bounds mean other labels.
 * @returns always three groups: many, medium, few
 * @throws UsageError `usage/shape-mismatch` when there are not as many counts as labels; `usage/invalid` when the bounds
 *   are no whole numbers, or leave a label in two groups
 */
export function frequencyGroups(
  evaluation: Pick<Evaluation, 'averagePrecision' | 'positives'>,
  trainingImages: ArrayLike<number>,
  bounds: FrequencyBounds = {},
): readonly FrequencyGroup[] {
  const { averagePrecision, positives } = evaluation;
  const { many = 100, few = 20 } = bounds;
  if (trainingImages.length !== averagePrecision.length) {
    throw new UsageError(
      'usage/shape-mismatch',
      `Expected the number of training images of each of ${averagePrecision.length} labels, got ${trainingImages.length} numbers.`,
    );
  }
  if (!Number.isInteger(many) || !Number.isInteger(few) || few < 0 || few > many + 1) {
    throw new UsageError(
      'usage/invalid',
      `The bounds of the frequency groups are "few" ${few} and "many" ${many}.`,
      {
        hint: 'Choose whole numbers with "few" at most "many" + 1.',
      },
    );
  }
  const group = (name: FrequencyGroup['name'], from: number, to: number): FrequencyGroup => {
    const labels = Array.from(trainingImages).flatMap((images, k) =>
      images >= from && images <= to ? [k] : [],
    );
    const occurring = labels.filter((k) => positives[k] > 0);
    const sum = occurring.reduce((total, k) => total + averagePrecision[k], 0);
    return {
      name,
      from,
      to,
      labels,
      occurring: occurring.length,
      mAPOccurring: sum / occurring.length,
    };
  };
  return [group('many', many + 1, Infinity), group('medium', few, many), group('few', 0, few - 1)];
}

import { UsageError } from '@polytag/core';
import type { Evaluation } from '../evaluate-scores.js';

/** Numbers of training images that separate the groups. */
export interface FrequencyBounds {
  /** Labels with more training images than this are in `many`. Default 100. */
  readonly many?: number;
  /** Labels with fewer training images than this are in `few`. Default 20. */
  readonly few?: number;
}

/** Labels with a similar number of training images, and their mAP. */
export interface FrequencyGroup {
  readonly name: 'many' | 'medium' | 'few';
  /** Minimum and maximum number of training images of the group's labels; `to` is infinite for `many`. */
  readonly from: number;
  readonly to: number;
  /** Indices of its labels in the vocabulary, ascending; may be empty. */
  readonly labels: readonly number[];
  /** Number of these labels that occur in the scored images; the mean is over these. */
  readonly occurring: number;
  /**
   * Mean average precision over the labels of the group that occur in the scored images, as `Evaluation.mAPOccurring`
   * for all labels; a fraction. NaN if there are none.
   */
  readonly mAPOccurring: number;
}

/**
 * Groups labels by their number of training images and computes the mAP of each group. This shows how well a model
 * knows rare labels, which the mean over all labels hides. The groups and their bounds are those of Liu et al.,
 * "Large-Scale Long-Tailed Recognition in an Open World" (CVPR 2019): `many` above 100 images, `few` below 20, `medium`
 * between, both ends included (docs/method.md#frequency-groups).
 *
 * @param evaluation result of `evaluateScores`; only its average precisions and positives are read
 * @param trainingImages number of *training* images with each label, in vocabulary order, without unknown labels. Do
 * not use the counts of the scored set (`evaluation.positives`): the bounds are for training images.
 * @returns always three groups: many, medium, few
 * @throws UsageError `usage/shape-mismatch` if the number of counts is not the number of labels; `usage/invalid` if the
 * bounds are not whole numbers, or put a label into two groups
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

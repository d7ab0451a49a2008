import { UsageError } from '@polytag/core';
import { AUTHORS_EPSILON, averagePrecision, meanOfNumbers } from './average-precision/average-precision.js';
import { exactMatch } from './predictions/exact-match.js';
import { precisionRecall, type PrecisionRecall } from './predictions/precision-recall.js';
import { predictAtThreshold, predictTop } from './predictions/predictions.js';
import { rankedClasses } from './scores/ranked-class.js';
import { scoresFromOutputs, scoreTable } from './scores/score-table.js';

export type EvaluationInput = {
  /** [N, K], row-major: 1 present, 0 absent; 0.5 and more counts as present; below 0 is ignored. */
  readonly targets: ArrayLike<number>;
  /** N */
  readonly images: number;
  /** Names of the K labels in vocabulary order. */
  readonly labels: readonly string[];
  /** A label is predicted if its score is above this (default 0.5). */
  readonly threshold?: number;
  /** One threshold per label, chosen on other images; adds {@link Evaluation.classThresholds}. */
  readonly thresholds?: ArrayLike<number>;
} & (
  | {
      /** [N, K] probabilities. */
      readonly scores: ArrayLike<number>;
    }
  | {
      /** [N, K] raw outputs of a head. */
      readonly outputs: ArrayLike<number>;
      /** The head's scale: probability = sigmoid(scale · output). */
      readonly scale: number;
    }
);

/** All metrics of one evaluation. Fractions, not percent. */
export interface Evaluation {
  readonly images: number;
  readonly labels: readonly string[];
  /**
   * Mean of `averagePrecision` over all classes, where a class without positives counts as 0: the number that the paper
   * reports.
   */
  readonly mAP: number;
  /**
   * Mean of `averagePrecision` over the classes with a positive: the number to read first, because an empty class tells
   * nothing about a model. `mAP` is this times (classes with a positive / classes), so on one data set both rank models
   * alike. Without empty classes both are equal to the bit. NaN if no class has a positive.
   */
  readonly mAPOccurring: number;
  /** Per class, by the authors' rule: epsilon 1e-8, 0 for a class without positives. */
  readonly averagePrecision: Float64Array;
  /** Number of positive images per class. */
  readonly positives: Uint32Array;
  /**
   * Number of images per class for which the label is known: `images` minus those with a target below 0. If few known
   * images are negatives (`known` − `positives`), the average precision is optimistic.
   */
  readonly known: Uint32Array;
  /** Indices of the classes without a positive image. */
  readonly emptyClasses: readonly number[];
  /** Elements with a target below 0. */
  readonly ignored: number;
  /** Metrics of the predictions score > `value`. */
  readonly threshold: PrecisionRecall & { readonly value: number };
  /** Metrics of the three best labels of each image. */
  readonly top3: PrecisionRecall;
  /** Metrics of the three best labels that score at least 0.5. */
  readonly top3AtLeastHalf: PrecisionRecall;
  /** Metrics of the predictions score >= the class's threshold; present if `thresholds` was given. */
  readonly classThresholds?: PrecisionRecall & { readonly values: Float64Array };
  /** Fraction of images with exactly the right labels at `threshold.value`. */
  readonly exactMatch: number;
}

/**
 * Evaluates scores or raw outputs against targets, with all metrics of this package.
 *
 * @throws UsageError `usage/shape-mismatch`, `usage/nothing-to-evaluate`
 * @throws DivergenceError `metrics/not-a-number` if a score is NaN
 * @example
 * const { mAP, threshold } = evaluateScores({ scores, targets, images: 2, labels: ['beach', 'dog', 'sea'] });
 * console.log(mAP, threshold.CF1);
 */
export function evaluateScores(input: EvaluationInput): Evaluation {
  const { images, labels } = input;
  if (images === 0 || labels.length === 0) {
    throw new UsageError(
      'usage/nothing-to-evaluate',
      `Nothing to evaluate: ${images} images, ${labels.length} labels.`,
    );
  }
  const scores = 'outputs' in input ? scoresFromOutputs(input.outputs, input.scale) : input.scores;
  const table = scoreTable(scores, input.targets, { images, classes: labels.length });

  const authors = new Float64Array(labels.length);
  const positives = new Uint32Array(labels.length);
  const known = new Uint32Array(labels.length);
  for (const ranked of rankedClasses(table)) {
    authors[ranked.index] = averagePrecision(ranked, { ties: 'later-first', epsilon: AUTHORS_EPSILON });
    positives[ranked.index] = ranked.positives;
    known[ranked.index] = ranked.count;
  }

  const value = input.threshold ?? 0.5;
  const predictions = predictAtThreshold(table, value);
  return {
    images,
    labels,
    mAP: meanOfNumbers(authors),
    mAPOccurring: meanOfNumbers(authors.filter((_, k) => positives[k] > 0)),
    averagePrecision: authors,
    positives,
    known,
    emptyClasses: labels.flatMap((_, k) => (positives[k] === 0 ? [k] : [])),
    ignored: images * labels.length - known.reduce((sum, count) => sum + count, 0),
    threshold: { value, ...precisionRecall(table, predictions) },
    top3: precisionRecall(table, predictTop(table, 3)),
    top3AtLeastHalf: precisionRecall(table, predictTop(table, 3, 0.5)),
    ...(input.thresholds && {
      classThresholds: {
        values: Float64Array.from(input.thresholds),
        ...precisionRecall(table, predictAtThreshold(table, input.thresholds, 'at-least')),
      },
    }),
    exactMatch: exactMatch(table, predictions),
  };
}

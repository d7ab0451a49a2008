import { UsageError } from '@polytag/core';
import { AUTHORS_EPSILON, averagePrecision, meanOfNumbers } from './average-precision/average-precision.js';
import { exactMatch } from './predictions/exact-match.js';
import { precisionRecall, type PrecisionRecall } from './predictions/precision-recall.js';
import { predictAtThreshold, predictTop } from './predictions/predictions.js';
import { rankedClasses } from './scores/ranked-class.js';
import { scoresFromOutputs, scoreTable } from './scores/score-table.js';

export type EvaluationInput = {
  /** [N, K], row-major: 1 present, 0 absent; 0.5 and more counts as present; below 0 does not count. */
  readonly targets: ArrayLike<number>;
  /** N */
  readonly images: number;
  /** Names of the K labels in vocabulary order. */
  readonly labels: readonly string[];
  /** A label is predicted when its score is above this (default 0.5). */
  readonly threshold?: number;
  /** A threshold for each label, chosen on other images; adds {@link Evaluation.classThresholds}. */
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

/** All metrics of one evaluation. Fractions, not per cent. */
export interface Evaluation {
  readonly images: number;
  readonly labels: readonly string[];
  /** Mean of `averagePrecision` over all classes, where an empty one counts as 0: the number that the paper reports. */
  readonly mAP: number;
  /**
   * Mean of `averagePrecision` over the classes with a positive, the number to read first: an empty class says nothing
   * of a model. `mAP` is this times (classes with a positive / classes), so on one set both rank models alike, and
   * without empty classes both are equal to the bit. NaN when no class has a positive.
   */
  readonly mAPOccurring: number;
  /** A class, by the authors' rule: epsilon 1e-8, 0 for an empty class. */
  readonly averagePrecision: Float64Array;
  /** Positive images a class. */
  readonly positives: Uint32Array;
  /**
   * Images a class of which it is known whether they have the label: `images`, less those whose target is below 0. Where few
   * known images are negatives (`known` − `positives`), an average precision is optimistic: there is little to rank wrongly.
   */
  readonly known: Uint32Array;
  /** Indices of the classes without a positive image. */
  readonly emptyClasses: readonly number[];
  /** Elements with a target below 0. */
  readonly ignored: number;
  /** score > `value`. */
  readonly threshold: PrecisionRecall & { readonly value: number };
  /** The three best labels of an image. */
  readonly top3: PrecisionRecall;
  /** Those of the three that score at least 0.5. */
  readonly top3AtLeastHalf: PrecisionRecall;
  /** score >= the class's threshold; present when `thresholds` was given. */
  readonly classThresholds?: PrecisionRecall & { readonly values: Float64Array };
  /** Fraction of images with exactly the right labels at `threshold.value`. */
  readonly exactMatch: number;
}

/**
 * Judges scores (or raw outputs) against targets with every metric of this package.
 *
 * @throws UsageError `usage/shape-mismatch`, `usage/nothing-to-evaluate`
 * @throws DivergenceError `metrics/not-a-number` when a score is NaN
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

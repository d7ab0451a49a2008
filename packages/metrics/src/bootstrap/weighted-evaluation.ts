import { meanOfNumbers } from '../average-precision/average-precision.js';
import { correctImages } from '../predictions/exact-match.js';
import { predictAtThreshold, predictTop } from '../predictions/predictions.js';
import type { ScoreTable } from '../scores/score-table.js';
import { WeightedDecisions } from './weighted-decisions.js';
import { WeightedPrecision } from './weighted-precision.js';

/** The decisions of an evaluation: which of its summaries they give. */
const RULES = ['threshold', 'top3', 'top3AtLeastHalf', 'classThresholds'] as const;
type Rule = (typeof RULES)[number];
const DECISION_FIGURES = ['CP', 'CR', 'CF1', 'OP', 'OR', 'OF1'] as const;

/** A figure of `Evaluation`, by its path in it. */
export type FigureName =
  'mAP' | 'mAPOccurring' | 'exactMatch' | `${Rule}.${(typeof DECISION_FIGURES)[number]}`;

export interface DecisionOptions {
  /** As `EvaluationInput.threshold` (default 0.5). */
  readonly threshold?: number;
  /** As `EvaluationInput.thresholds`; adds the figures of `classThresholds`. */
  readonly thresholds?: ArrayLike<number>;
}

/** Figures of a resampled set, in the order of {@link WeightedEvaluation.names}, and the average precision of each class. */
export interface WeightedFigures {
  readonly figures: Float64Array;
  /** NaN for a class without a positive in the set. */
  readonly averagePrecision: Float64Array;
}

/**
 * The figures of an evaluation when each image counts several times, or not at all: those that `evaluateScores` gives for a
 * set in which image i is repeated weights[i] times, to the bit. What takes long is done once: the ranking, and finding
 * what is predicted.
 */
export class WeightedEvaluation {
  readonly names: readonly FigureName[];
  readonly #precisions: readonly WeightedPrecision[];
  readonly #decisions: readonly WeightedDecisions[];
  readonly #correct: Uint8Array;

  constructor(table: ScoreTable, { threshold = 0.5, thresholds }: DecisionOptions = {}) {
    const atThreshold = predictAtThreshold(table, threshold);
    const decisions: Partial<Record<Rule, Uint8Array>> = {
      threshold: atThreshold,
      top3: predictTop(table, 3),
      top3AtLeastHalf: predictTop(table, 3, 0.5),
      ...(thresholds && { classThresholds: predictAtThreshold(table, thresholds, 'at-least') }),
    };
    const rules = RULES.filter((rule) => decisions[rule]);
    this.#precisions = WeightedPrecision.ofEach(table);
    this.#decisions = rules.map((rule) => new WeightedDecisions(table, decisions[rule]!));
    this.#correct = correctImages(table, atThreshold);
    this.names = [
      'mAP',
      'mAPOccurring',
      'exactMatch',
      ...rules.flatMap((rule) => DECISION_FIGURES.map((name) => `${rule}.${name}` as const)),
    ];
  }

  /** @param weights [N] whole numbers, not all 0 */
  of(weights: ArrayLike<number>): WeightedFigures {
    const averagePrecision = Float64Array.from(this.#precisions, (one) => one.of(weights) ?? NaN);
    let [correct, images] = [0, 0];
    for (let image = 0; image < this.#correct.length; image++) {
      images += weights[image];
      correct += weights[image] * this.#correct[image];
    }
    const decided = this.#decisions.flatMap((some) => {
      const figures = some.of(weights);
      return DECISION_FIGURES.map((name) => figures[name]);
    });
    return {
      figures: Float64Array.of(
        meanOfNumbers(averagePrecision.map((value) => (Number.isNaN(value) ? 0 : value))),
        meanOfNumbers(averagePrecision),
        correct / images,
        ...decided,
      ),
      averagePrecision,
    };
  }
}

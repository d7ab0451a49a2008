import {
  overallPrecisionRecallCurve,
  precisionRecallCurves,
  type PrecisionRecallCurve,
} from './curves/precision-recall-curve.js';
import { reliability, type Reliability } from './curves/reliability.js';
import { scoreHistograms, type ScoreHistogram } from './curves/score-histogram.js';
import { confusedPairs, type ConfusedPair } from './mistakes/confused-pairs.js';
import { worstMistakes, worstMistakesByClass, type WorstMistakes } from './mistakes/worst-mistakes.js';
import { decisionCounts, type DecisionCounts } from './predictions/decision-counts.js';
import { predictAtThreshold } from './predictions/predictions.js';
import type { ScoreTable } from './scores/score-table.js';

/** Number of histogram steps: decisions can be counted at multiples of 1/200. */
export const HISTOGRAM_STEPS = 200;

/** The worst mistakes of an evaluation. */
export interface MistakeLists {
  /** Of all classes together. */
  readonly mistakes: WorstMistakes;
  /** One entry per class. */
  readonly mistakesByClass: readonly WorstMistakes[];
}

/** Details of an evaluation beyond its figures. */
export interface EvaluationDetails extends MistakeLists {
  /** One curve per class. */
  readonly curves: readonly PrecisionRecallCurve[];
  /** Curve of all decisions together. */
  readonly overallCurve: PrecisionRecallCurve;
  readonly reliability: Reliability;
  /** One histogram per class, with {@link HISTOGRAM_STEPS} + 1 entries. */
  readonly histograms: readonly ScoreHistogram[];
  /** Counts for the same predictions as the confused pairs. */
  readonly decisions: DecisionCounts;
  /** For predictions at the classes' thresholds if they were given, else at the common one. */
  readonly confusedPairs: readonly ConfusedPair[];
}

/**
 * Computes curves, calibration and mistakes from a table of probabilities.
 *
 * @param options.threshold a label is predicted if its score is above this (default 0.5)
 * @param options.thresholds alternative with one threshold per class: a label is predicted if its score reaches it
 * @throws UsageError `usage/not-a-probability`, `usage/shape-mismatch`
 */
export function evaluationDetails(
  table: ScoreTable,
  options: { readonly threshold?: number; readonly thresholds?: ArrayLike<number> } = {},
): EvaluationDetails {
  const { threshold = 0.5, thresholds } = options;
  const predictions = thresholds
    ? predictAtThreshold(table, thresholds, 'at-least')
    : predictAtThreshold(table, threshold);
  return {
    curves: precisionRecallCurves(table),
    overallCurve: overallPrecisionRecallCurve(table),
    reliability: reliability(table),
    mistakes: worstMistakes(table),
    mistakesByClass: worstMistakesByClass(table),
    histograms: scoreHistograms(table, HISTOGRAM_STEPS),
    decisions: decisionCounts(table, predictions),
    confusedPairs: confusedPairs(table, predictions),
  };
}

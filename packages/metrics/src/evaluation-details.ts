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

/** Thresholds that decisions can be counted at: multiples of 1/200. */
export const HISTOGRAM_STEPS = 200;

/** What an evaluation shows beyond its figures. */
export interface EvaluationDetails {
  /** A class. */
  readonly curves: readonly PrecisionRecallCurve[];
  /** All decisions together. */
  readonly overallCurve: PrecisionRecallCurve;
  readonly reliability: Reliability;
  readonly mistakes: WorstMistakes;
  /** A class. */
  readonly mistakesByClass: readonly WorstMistakes[];
  /** A class; its entries are {@link HISTOGRAM_STEPS} + 1. */
  readonly histograms: readonly ScoreHistogram[];
  /** Of the same predictions as the pairs. */
  readonly decisions: DecisionCounts;
  /** Of the predictions at the classes' own thresholds where they were given, else at the one for all. */
  readonly confusedPairs: readonly ConfusedPair[];
}

/**
 * Curves, calibration and mistakes of a table of probabilities.
 *
 * @param options.threshold a label is predicted when its score is above this (default 0.5)
 * @param options.thresholds instead, one a class: a label is predicted when its score reaches its class's
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

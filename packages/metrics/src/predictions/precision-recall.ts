import { decisionCounts, type DecisionCounts } from './decision-counts.js';
import type { ScoreTable } from '../scores/score-table.js';
import type { Predictions } from './predictions.js';

/**
 * Precision, recall and F1 of a set of predictions, as reported in the multi-label literature. All are fractions; a
 * ratio with denominator 0 is 0 (docs/method.md#precision-recall-f1).
 */
export interface PrecisionRecall {
  /** Mean over classes of true positives / predicted. */
  readonly CP: number;
  /** Mean over classes of true positives / true. */
  readonly CR: number;
  /** 2·CP·CR / (CP + CR): the convention of ML-GCN and of published tables. */
  readonly CF1: number;
  /** Mean of the classes' own F1: the other convention, used by Alibaba's MIIL validation scripts. */
  readonly CF1MeanOfClasses: number;
  /** Σ true positives / Σ predicted. */
  readonly OP: number;
  /** Σ true positives / Σ true. */
  readonly OR: number;
  /** 2·OP·OR / (OP + OR). */
  readonly OF1: number;
  /** The same three for each class, in vocabulary order. */
  readonly perClass: {
    readonly precision: Float64Array;
    readonly recall: Float64Array;
    readonly f1: Float64Array;
  };
}

const ratio = (part: number, whole: number) => (whole === 0 ? 0 : part / whole);
const harmonic = (precision: number, recall: number) => ratio(2 * precision * recall, precision + recall);

/** Computes precision, recall and F1 over known elements; targets below 0 are ignored. */
export function precisionRecall(table: ScoreTable, predictions: Predictions): PrecisionRecall {
  return precisionRecallOf(decisionCounts(table, predictions));
}

export function precisionRecallOf({ hits, predicted, positives }: DecisionCounts): PrecisionRecall {
  const classes = hits.length;
  const precision = hits.map((hit, k) => ratio(hit, predicted[k]));
  const recall = hits.map((hit, k) => ratio(hit, positives[k]));
  const f1 = precision.map((value, k) => harmonic(value, recall[k]));
  const [CP, CR] = [sum(precision) / classes, sum(recall) / classes];
  const [OP, OR] = [ratio(sum(hits), sum(predicted)), ratio(sum(hits), sum(positives))];
  return {
    CP,
    CR,
    CF1: harmonic(CP, CR),
    CF1MeanOfClasses: sum(f1) / classes,
    OP,
    OR,
    OF1: harmonic(OP, OR),
    perClass: { precision, recall, f1 },
  };
}

function sum(values: Float64Array): number {
  return values.reduce((total, value) => total + value, 0);
}

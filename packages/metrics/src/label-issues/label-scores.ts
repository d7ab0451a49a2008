import type { ScoreTable } from '../scores/score-table.js';
import { confidentThresholds, SLACK } from './confident-joint.js';
import { givenLabels, type GivenLabel } from './given-label.js';

/** Method of scoring a given label, from 0 (suspicious) to 1. */
export type LabelScoreMethod = 'self-confidence' | 'normalized-margin' | 'confidence-weighted-entropy';

export interface LabelScoreOptions {
  /** Default: `self-confidence`. */
  readonly method?: LabelScoreMethod;
  /**
   * Whether to shift probabilities by the thresholds of the confident joint first, so that a label of which the model
   * is never confident is not suspected everywhere. No effect on the entropy. Default: false.
   */
  readonly adjusted?: boolean;
}

/**
 * Label quality of each given label, present or absent, from out-of-sample probabilities (docs/method.md#label-issues).
 * Thyagarajan, Snorrason, Northcutt and Mueller, "Identifying Incorrect Annotations in Multi-Label Classification Data"
 * (2022).
 *
 * @param table scores are probabilities from a model that was not trained on the image
 * @returns [N, K]; NaN if the label is unknown
 * @throws UsageError `usage/not-a-probability`
 */
export function labelScores(
  table: ScoreTable,
  { method = 'self-confidence', adjusted = false }: LabelScoreOptions = {},
): Float64Array {
  const scores = new Float64Array(table.images * table.classes).fill(NaN);
  for (const label of givenLabels(table)) {
    const ofLabel = scoresOf(label, method, adjusted);
    label.images.forEach((image, i) => (scores[image * table.classes + label.index] = ofLabel[i]));
  }
  return scores;
}

/** [n] scores of one label. */
export function scoresOf(label: GivenLabel, method: LabelScoreMethod, adjusted = false): Float64Array {
  const { given } = label;
  if (method === 'confidence-weighted-entropy') return weightedEntropies(label);
  const [absent, present] = adjusted ? adjust(label) : label.probabilities;
  // Of two values the normalised margin, (P[y] − P[1−y] + 1)/2, is P[y].
  return Float64Array.from(given, (value, i) =>
    method === 'self-confidence'
      ? [absent, present][value][i]
      : ([absent, present][value][i] - [present, absent][value][i] + 1) / 2,
  );
}

/** Probabilities without their thresholds, but for the larger one, as shares of their sum. */
function adjust(label: GivenLabel): readonly [Float64Array, Float64Array] {
  const thresholds = confidentThresholds(label);
  const largest = Math.max(...thresholds);
  const [absent, present] = label.probabilities;
  const [a, p] = [new Float64Array(absent.length), new Float64Array(present.length)];
  for (let i = 0; i < absent.length; i++) {
    const [shiftedAbsent, shiftedPresent] = [
      absent[i] - thresholds[0] + largest,
      present[i] - thresholds[1] + largest,
    ];
    const sum = shiftedAbsent + shiftedPresent;
    a[i] = shiftedAbsent / sum;
    p[i] = shiftedPresent / sum;
  }
  return [a, p];
}

const timesLog = (p: number): number => (p > 0 ? p * Math.log(p) : 0);

/**
 * ln(r + 1)/r with r the entropy over the self-confidence. Where r vanishes the score is its limit, 1; the original gives
 * 0 there, and suspects what the model is sure of most.
 */
function weightedEntropies({ given, probabilities: [absent, present] }: GivenLabel): Float64Array {
  return Float64Array.from(given, (value, i) => {
    const entropy = -(timesLog(absent[i]) + timesLog(present[i])) / Math.LN2;
    const r = entropy / Math.max([absent, present][value][i], SLACK);
    return r === 0 ? 1 : Math.log1p(r) / r;
  });
}

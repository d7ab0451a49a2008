import { rankedClasses, type RankedClass } from '../scores/ranked-class.js';
import type { ScoreTable } from '../scores/score-table.js';

export interface ClassThresholds {
  /** One a class, in vocabulary order. A score that reaches it is a prediction (`at-least`). */
  readonly thresholds: Float64Array;
  /** F1 of the class at its threshold, on the scores it was chosen on; 0 for a class without positives. */
  readonly f1: Float64Array;
}

/**
 * For each class the threshold with the best F1; every distinct score is a candidate, and the lowest of equally
 * good ones wins. Choose them on validation images, not on the images they are judged with.
 *
 * @param options.withoutPositives the threshold of a class that has no positive image, for which every threshold is
 *   equally bad: a number (default 0.5), or the class's lowest score, which the rule above would give and which
 *   predicts the class for almost every image
 */
export function bestThresholds(
  table: ScoreTable,
  options: { readonly withoutPositives?: number | 'lowest-score' } = {},
): ClassThresholds {
  const { withoutPositives = 0.5 } = options;
  const thresholds = new Float64Array(table.classes);
  const f1 = new Float64Array(table.classes);
  for (const ranked of rankedClasses(table)) {
    if (ranked.positives === 0) {
      thresholds[ranked.index] = withoutPositives === 'lowest-score' ? lowestScore(ranked) : withoutPositives;
      continue;
    }
    let best = -1;
    for (const candidate of candidates(ranked)) {
      // Candidates without a true positive have F1 0/0: they are bad, not unknown.
      if (candidate.f1 > best) {
        best = candidate.f1;
        thresholds[ranked.index] = candidate.threshold;
      }
    }
    f1[ranked.index] = best;
  }
  return { thresholds, f1 };
}

/**
 * The thresholds that the paper's authors' code chooses. Where a candidate has no true positive its F1 is 0/0, and
 * their arg-max takes that NaN for the maximum: whenever the best-scored image of a class is a negative, the
 * threshold lands uselessly high. For comparing with their results only; {@link bestThresholds} is the metric to use.
 */
export function authorsThresholds(table: ScoreTable): Float64Array {
  const thresholds = new Float64Array(table.classes);
  for (const ranked of rankedClasses(table)) {
    let best = -1;
    thresholds[ranked.index] = lowestScore(ranked);
    if (ranked.positives === 0) continue;
    for (const candidate of candidates(ranked)) {
      if (!(candidate.f1 <= best)) {
        best = candidate.f1;
        thresholds[ranked.index] = candidate.threshold;
      }
      if (Number.isNaN(candidate.f1)) break;
    }
  }
  return thresholds;
}

function lowestScore(ranked: RankedClass): number {
  return ranked.count > 0 ? ranked.scores[0] : NaN;
}

/** Every distinct score from low to high, with the F1 of "score >= threshold"; NaN where nothing is found. */
function* candidates({
  scores,
  positive,
  count,
  positives,
}: RankedClass): Generator<{ threshold: number; f1: number }> {
  let hits = positives;
  for (let i = 0; i < count; i++) {
    if (i === 0 || scores[i] !== scores[i - 1]) {
      const precision = hits / (count - i);
      const recall = hits / positives;
      yield { threshold: scores[i], f1: (2 * precision * recall) / (precision + recall) };
    }
    hits -= positive[i];
  }
}

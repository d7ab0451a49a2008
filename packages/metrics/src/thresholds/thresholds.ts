import { UsageError } from '@polytag/core';
import { rankedClasses, type RankedClass } from '../scores/ranked-class.js';
import type { ScoreTable } from '../scores/score-table.js';

export interface ClassThresholds {
  /** One a class, in vocabulary order. A score that reaches it is a prediction (`at-least`). */
  readonly thresholds: Float64Array;
  /** F1 of the class at its threshold, on the scores it was chosen on; 0 for a class without positives. */
  readonly f1: Float64Array;
}

/** Thresholds to predict with later, and what they rest on. */
export interface ChosenThresholds {
  /** One a class, in vocabulary order. A score that reaches it is a prediction (`at-least`). */
  readonly thresholds: Float64Array;
  /** One for all classes: the best by the F1 of all decisions together, OF1. */
  readonly overall: number;
  /** Positive images a class. */
  readonly positives: Uint32Array;
}

/** A class with fewer positives says little: its average precision and its own threshold are mostly chance. */
export const FEW_POSITIVES = 10;

/**
 * For each class a threshold to predict with later. Choose them on validation images, not on those that a model is
 * scored on.
 *
 * A class's own threshold has the best F1, of equally good ones the lowest. It lies midway between the lowest score that
 * it predicts and the next lower score of the class, or 0 below the lowest: a photograph whose score moves a little, as
 * another decoder or engine moves it, keeps its labels.
 *
 * The threshold of a class with n < {@link FEW_POSITIVES} positives is drawn to the overall one: with w = √(n / 10),
 * logit(threshold) = w · logit(own) + (1 - w) · logit(overall). The overall one is midway likewise, with the best F1 of
 * the decisions of all classes together; it is 0.5 when no class has a positive. A class without positives has it as it is.
 * What that brings on images that thresholds were not chosen on is measured in docs/results.md of the repository; the
 * authors' rule is in docs/method.md#thresholds.
 *
 * @param table scores are probabilities
 * @throws UsageError `usage/not-a-probability`
 */
export function chooseThresholds(table: ScoreTable): ChosenThresholds {
  const { images, classes } = table;
  const wrong = table.scores.find((score) => !(score >= 0 && score <= 1));
  if (wrong !== undefined) {
    throw new UsageError(
      'usage/not-a-probability',
      `The score is ${wrong}; expected a probability from 0 to 1.`,
      {
        hint: 'Convert outputs to probabilities with scoresFromOutputs(outputs, scale).',
      },
    );
  }
  const [all] = rankedClasses({ ...table, images: images * classes, classes: 1 });
  const overall = midwayThreshold(all) ?? 0.5;
  const thresholds = new Float64Array(table.classes);
  const positives = new Uint32Array(table.classes);
  for (const ranked of rankedClasses(table)) {
    const own = midwayThreshold(ranked) ?? overall;
    thresholds[ranked.index] =
      ranked.positives < FEW_POSITIVES
        ? between(overall, own, Math.sqrt(ranked.positives / FEW_POSITIVES))
        : own;
    positives[ranked.index] = ranked.positives;
  }
  return { thresholds, overall, positives };
}

/** The probability whose logit lies `share` of the way from that of `from` to that of `to`. */
function between(from: number, to: number, share: number): number {
  if (share === 0) return from;
  return 1 / (1 + Math.exp(-(share * logit(to) + (1 - share) * logit(from))));
}

/** Finite at 0 and 1 too. */
function logit(probability: number): number {
  const inside = Math.min(Math.max(probability, Number.EPSILON), 1 - Number.EPSILON);
  return Math.log(inside / (1 - inside));
}

/** Undefined without positives: then every threshold is equally bad. */
function midwayThreshold(ranked: RankedClass): number | undefined {
  let best = -1;
  let threshold: number | undefined;
  if (ranked.positives === 0) return undefined;
  for (const candidate of candidates(ranked)) {
    if (candidate.f1 > best) {
      best = candidate.f1;
      const middle = (candidate.threshold + candidate.below) / 2;
      // Between two numbers that are next to each other there is none.
      threshold = middle > candidate.below ? middle : candidate.threshold;
    }
  }
  return threshold;
}
/**
 * For each class the score with the best F1 as a threshold; every distinct score is a candidate, and the lowest of equally
 * good ones wins. For comparing with results that were made so; {@link chooseThresholds} gives those to predict with.
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
 * threshold lands uselessly high. For comparing with their results only.
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

/** Every distinct score from low to high, with the next lower one and the F1 of "score >= threshold"; NaN where nothing is found. */
function* candidates({
  scores,
  positive,
  count,
  positives,
}: RankedClass): Generator<{ threshold: number; below: number; f1: number }> {
  let hits = positives;
  for (let i = 0; i < count; i++) {
    if (i === 0 || scores[i] !== scores[i - 1]) {
      const precision = hits / (count - i);
      const recall = hits / positives;
      const below = i === 0 ? Math.min(0, scores[0]) : scores[i - 1];
      yield { threshold: scores[i], below, f1: (2 * precision * recall) / (precision + recall) };
    }
    hits -= positive[i];
  }
}

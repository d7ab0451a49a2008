import { UsageError } from '@polytag/core';
import { rankedClasses, type RankedClass } from '../scores/ranked-class.js';
import type { ScoreTable } from '../scores/score-table.js';

export interface ClassThresholds {
  /** One per class, in vocabulary order. A score that reaches it is a prediction (`at-least`). */
  readonly thresholds: Float64Array;
  /** F1 of the class at its threshold, on the scores that it was chosen on; 0 for a class without positives. */
  readonly f1: Float64Array;
}

/** Thresholds for prediction, and their basis. */
export interface ChosenThresholds {
  /** One per class, in vocabulary order. A score that reaches it is a prediction (`at-least`). */
  readonly thresholds: Float64Array;
  /** Common threshold for all classes: the one with the best OF1, the F1 of all decisions together. */
  readonly overall: number;
  /** Number of positive images per class. */
  readonly positives: Uint32Array;
}

/** Below this number of positives, average precision and threshold of a class are mostly chance. */
export const FEW_POSITIVES = 10;

/**
 * Chooses a threshold per class for prediction. Use validation images, not those that the model is evaluated on.
 *
 * A class's own threshold has the best F1; among equally good ones it is the lowest. It lies midway between the lowest
 * score that it predicts and the next lower score of the class (0 if there is none), so that a slightly different
 * score, as from another decoder or engine, gives the same labels.
 *
 * The threshold of a class with n < {@link FEW_POSITIVES} positives is shrunk towards the overall threshold: with w =
 * √(n / 10), logit(threshold) = w · logit(own) + (1 - w) · logit(overall). The overall threshold is midway likewise,
 * with the best F1 of the decisions of all classes together; it is 0.5 if no class has a positive. A class without
 * positives uses it unchanged. docs/results.md of the repository measures the gain on new images;
 * docs/method.md#thresholds has the authors' rule.
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
 * For each class, the score with the best F1 as its threshold. Every distinct score is a candidate, and the lowest of
 * equally good ones wins. Use it to compare with other work; for prediction use {@link chooseThresholds}.
 *
 * @param options.withoutPositives threshold of a class without positives, for which every threshold is equally bad: a
 * number (default 0.5), or the class's lowest score, which the rule above would choose and which predicts the class for
 * almost every image
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
 * The thresholds of the authors' code, for comparison with their results only. A candidate without true positives has
 * F1 0/0, and their arg-max takes this NaN for the maximum: if the best-scored image of a class is a negative, the
 * threshold is uselessly high.
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

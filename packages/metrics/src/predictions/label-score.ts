import { UsageError, type LabelVocabulary } from '@polytag/core';

export interface LabelScore {
  readonly label: string;
  /** Probability, 0 to 1. */
  readonly score: number;
}

/**
 * The k best labels of one image, best first; among equal scores the one that comes first in the vocabulary.
 *
 * @throws UsageError `usage/invalid` when k is not a whole number of at least 0
 */
export function best(scores: ArrayLike<number>, labels: LabelVocabulary, k: number): LabelScore[] {
  if (!Number.isInteger(k) || k < 0)
    throw new UsageError(
      'usage/invalid',
      `The number of best labels is ${k}: expected a whole number of at least 0.`,
    );
  return Array.from(scores, (score, i) => ({ label: labels.names[i], score }))
    .sort((a, b) => b.score - a.score)
    .slice(0, k);
}

/**
 * Labels of one image above their threshold, best first. A chosen threshold is reached by an equal score; the default
 * 0.5 is not.
 */
export function aboveThreshold(
  scores: ArrayLike<number>,
  labels: LabelVocabulary,
  thresholds: readonly number[] | undefined,
): LabelScore[] {
  const ranked = best(scores, labels, labels.size);
  if (!thresholds) return ranked.filter(({ score }) => score > 0.5);
  return ranked.filter(({ label, score }) => score >= thresholds[labels.indexOf(label)!]);
}

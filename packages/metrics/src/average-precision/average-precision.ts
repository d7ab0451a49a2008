import { rankedClasses, type RankedClass } from '../scores/ranked-class.js';
import type { ScoreTable } from '../scores/score-table.js';

/**
 * Order of equal scores: the later image first (the rule of the paper's authors: a stable ascending sort read
 * backwards), the earlier image (ML-GCN), the positives (best case) or the negatives (worst case).
 */
export type TieRule = 'later-first' | 'earlier-first' | 'positives-first' | 'negatives-first';

/** Epsilon that the paper's authors and ASL add to the number of positives. */
export const AUTHORS_EPSILON = 1e-8;

/**
 * Average precision of one class: the mean over its positives of (positives so far / rank), the highest score
 * at rank 1. Neither interpolated nor the 11-point rule of VOC 2007 (docs/method.md#average-precision).
 *
 * @returns 0 for a class without positives when epsilon > 0, NaN when it is 0
 */
export function averagePrecision(
  ranked: RankedClass,
  options: {
    readonly ties: TieRule;
    /** Added to the number of positives. Default 0. */
    readonly epsilon?: number;
  },
): number {
  const { positive, count, positives } = ranked;
  let found = 0;
  let rank = 0;
  let sum = 0;
  const see = (isPositive: number) => {
    rank++;
    if (isPositive) sum += ++found / rank;
  };
  if (options.ties === 'later-first') {
    for (let i = count - 1; i >= 0; i--) see(positive[i]);
  } else {
    for (let end = count; end > 0;) {
      const start = startOfRun(ranked.scores, end);
      if (options.ties === 'earlier-first') {
        for (let i = start; i < end; i++) see(positive[i]);
      } else {
        const inRun = positive.subarray(start, end).reduce((sum, one) => sum + one, 0);
        const first = options.ties === 'positives-first' ? 1 : 0;
        for (let i = 0; i < end - start; i++)
          see(i < (first ? inRun : end - start - inRun) ? first : 1 - first);
      }
      end = start;
    }
  }
  return sum / (positives + (options.epsilon ?? 0));
}

/** Where the run of equal scores begins that ends before `end`. */
function startOfRun(scores: Float64Array, end: number): number {
  let start = end - 1;
  while (start > 0 && scores[start - 1] === scores[end - 1]) start--;
  return start;
}

export interface AveragePrecisions {
  /** One value per class. */
  readonly perClass: Float64Array;
  /** mAP, a fraction. */
  readonly mean: number;
}

/**
 * Average precisions by the rule of the paper's authors: epsilon 1e-8, later image first among equal scores; a class
 * without positives scores 0 and counts in the mean.
 */
export function averagePrecisions(table: ScoreTable, ties: TieRule = 'later-first'): AveragePrecisions {
  const perClass = new Float64Array(table.classes);
  for (const ranked of rankedClasses(table)) {
    perClass[ranked.index] = averagePrecision(ranked, { ties, epsilon: AUTHORS_EPSILON });
  }
  return { perClass, mean: mean(perClass) };
}

/**
 * Average precisions by the rule of ML-GCN: no epsilon, earlier image first among equal scores; a class without
 * positives is NaN and left out of the mean. The mean is NaN if no class has a positive.
 */
export function averagePrecisionsSkipEmpty(
  table: ScoreTable,
  ties: TieRule = 'earlier-first',
): AveragePrecisions {
  const perClass = new Float64Array(table.classes);
  for (const ranked of rankedClasses(table)) perClass[ranked.index] = averagePrecision(ranked, { ties });
  return { perClass, mean: meanOfNumbers(perClass) };
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Mean of what is not NaN. */
export function meanOfNumbers(values: Float64Array): number {
  return mean(values.filter((value) => !Number.isNaN(value)));
}

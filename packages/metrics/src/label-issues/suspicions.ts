import type { ScoreTable } from '../scores/score-table.js';
import { givenLabels } from './given-label.js';
import { ISSUE_FILTERS, type IssueFilter } from './issue-filters.js';
import { probabilitiesInContext } from './label-context.js';
import { labelIssues } from './label-issues.js';
import { labelScores, type LabelScoreMethod } from './label-scores.js';
import type { NoiseOptions } from './noise-counts.js';

/** Rankings of given labels; `context` uses the other labels of the image and the frequency of a label. */
export const RANKINGS = [
  'context',
  'self-confidence',
  'normalized-margin',
  'confidence-weighted-entropy',
] as const satisfies readonly (LabelScoreMethod | 'context')[];

export type Ranking = (typeof RANKINGS)[number];

/** A given label that may be wrong. */
export interface Suspicion {
  /** Index of the image. */
  readonly image: number;
  /** Index of the label. */
  readonly index: number;
  /** `extra`: the label was given and seems wrong. `missing`: it was not given and seems to be missing. */
  readonly kind: 'extra' | 'missing';
  /** Quality of what was given, 0 to 1: lower is more suspicious. */
  readonly score: number;
  /** Probability of the label by the model. */
  readonly probability: number;
  /** The filters that consider it wrong. */
  readonly filters: readonly IssueFilter[];
}

/**
 * Lists labels that are likely wrong, lowest score first; among equal scores the earlier image, then the lower label.
 * Includes everything that a filter finds, and every score below 0.5.
 *
 * @param table out-of-sample probabilities (from a model that was not trained on the image), and the labels as given
 * @param ranking default: `context`, see {@link contextScores}; the others are those of `labelScores`
 * @throws UsageError `usage/not-a-probability`
 */
export function suspicions(
  table: ScoreTable,
  { ranking = 'context', ...noise }: NoiseOptions & { readonly ranking?: Ranking } = {},
): Suspicion[] {
  const { classes, targets, scores: probabilities } = table;
  const scores = ranking === 'context' ? contextScores(table) : labelScores(table, { method: ranking });
  const masks = ISSUE_FILTERS.map(
    (filter) => [filter, labelIssues(table, { ...noise, filter }).mask] as const,
  );
  const found: Suspicion[] = [];
  for (let element = 0; element < scores.length; element++) {
    const filters = masks.flatMap(([filter, mask]) => (mask[element] ? [filter] : []));
    if (filters.length === 0 && !(scores[element] < 0.5)) continue;
    found.push({
      image: Math.floor(element / classes),
      index: element % classes,
      kind: targets[element] >= 0.5 ? 'extra' : 'missing',
      score: scores[element],
      probability: probabilities[element],
      filters,
    });
  }
  return found.sort((a, b) => a.score - b.score);
}

/**
 * Scores that are comparable for labels of any frequency, and for extra and missing labels. With q the probability
 * given the other labels of the image (`probabilitiesInContext`) and f the share of images with the label, an absent
 * label has 1 − q, and a present one q/(q + (1 − q)·f/(1 − f)): 0.5 if it is as likely as on any image
 * (docs/method.md#labels-in-context).
 *
 * @returns [N, K]; NaN if the label is unknown, 1 if all known images or none have the label
 * @throws UsageError `usage/not-a-probability`
 */
export function contextScores(table: ScoreTable): Float64Array {
  const { images, classes } = table;
  const probabilities = probabilitiesInContext(table);
  const scores = new Float64Array(images * classes).fill(NaN);
  for (const { index, images: known, given, counts } of givenLabels(table)) {
    const odds = counts[1] / counts[0];
    const oneSided = counts[0] === 0 || counts[1] === 0;
    known.forEach((image, i) => {
      const element = image * classes + index;
      const q = probabilities[element];
      scores[element] = oneSided ? 1 : given[i] === 1 ? q / (q + (1 - q) * odds) : 1 - q;
    });
  }
  return scores;
}

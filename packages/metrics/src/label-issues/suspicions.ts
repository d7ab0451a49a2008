import type { ScoreTable } from '../scores/score-table.js';
import { givenLabels } from './given-label.js';
import { ISSUE_FILTERS, type IssueFilter } from './issue-filters.js';
import { probabilitiesInContext } from './label-context.js';
import { labelIssues } from './label-issues.js';
import { labelScores, type LabelScoreMethod } from './label-scores.js';
import type { NoiseOptions } from './noise-counts.js';

/** What given labels are ranked by; `context` looks at the other labels of the image and at how common a label is. */
export const RANKINGS = [
  'context',
  'self-confidence',
  'normalized-margin',
  'confidence-weighted-entropy',
] as const satisfies readonly (LabelScoreMethod | 'context')[];

export type Ranking = (typeof RANKINGS)[number];

/** A given label that may be wrong. */
export interface Suspicion {
  /** Position of the image. */
  readonly image: number;
  /** Position of the label. */
  readonly index: number;
  /** The label was given and seems wrong, or was not given and seems to be missing. */
  readonly kind: 'extra' | 'missing';
  /** How far what was given can be believed, 0 to 1: the lower, the more suspicious. */
  readonly score: number;
  /** Of the label, by the model. */
  readonly probability: number;
  /** The filters that take it for wrong. */
  readonly filters: readonly IssueFilter[];
}

/**
 * What is likely wrong, the lowest score first; of equal ones the earlier image, then the lower label. That is what some
 * filter takes for wrong, and what has a score below 0.5.
 *
 * @param table probabilities from a model that did not train on the image they are of, and the labels as given
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
 * Scores that make labels of any frequency comparable, and both kinds of error. With q the probability in the light of the
 * other labels of the image (`probabilitiesInContext`) and f the share of images that the label was given to, an absent
 * label has 1 − q, and a present one q/(q + (1 − q)·f/(1 − f)): 0.5 where it is as likely as on any image
 * (docs/method.md#labels-in-context).
 *
 * @returns [N, K]; NaN where the label is unknown, 1 where a label is on all known images or on none
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

import { AscendingOrder } from '../scores/ascending-order.js';
import type { ScoreTable } from '../scores/score-table.js';
import { givenLabels } from './given-label.js';
import { imageScores } from './image-scores.js';
import { isOneSided, issuesOf, type IssueFilter } from './issue-filters.js';
import { labelScores } from './label-scores.js';
import type { NoiseOptions } from './noise-counts.js';

export interface LabelIssuesOptions extends NoiseOptions {
  /** Default: `prune-by-noise-rate`. */
  readonly filter?: IssueFilter;
}

export interface LabelIssues {
  /** [N, K]: 1 if the given label, present or absent, is likely wrong. */
  readonly mask: Uint8Array;
  /** Labels that all known images have, or none has: they are not examined. */
  readonly oneSided: readonly number[];
}

/**
 * Finds given labels that are likely wrong with one filter, each label on its own (docs/method.md#label-issues).
 *
 * @param table out-of-sample probabilities (from a model that was not trained on the image), and the labels as given
 * @throws UsageError `usage/not-a-probability`
 */
export function labelIssues(
  table: ScoreTable,
  { filter = 'prune-by-noise-rate', ...noise }: LabelIssuesOptions = {},
): LabelIssues {
  const mask = new Uint8Array(table.images * table.classes);
  const oneSided: number[] = [];
  for (const label of givenLabels(table)) {
    if (isOneSided(label)) oneSided.push(label.index);
    const issues = issuesOf(label, filter, noise);
    label.images.forEach((image, i) => (mask[image * table.classes + label.index] = issues[i]));
  }
  return { mask, oneSided };
}

/**
 * Finds images with a label that is likely wrong: [N], 1 for each. The filters `low-…` return the images with the
 * lowest self-confidence, as many as `confident-learning` finds.
 *
 * @throws UsageError `usage/not-a-probability`
 */
export function imageIssues(table: ScoreTable, options: LabelIssuesOptions = {}): Uint8Array {
  const { images, classes } = table;
  if (!options.filter?.startsWith('low-')) {
    const { mask } = labelIssues(table, options);
    return Uint8Array.from({ length: images }, (_, image) =>
      Number(mask.subarray(image * classes, (image + 1) * classes).includes(1)),
    );
  }
  const most = imageIssues(table, { ...options, filter: 'confident-learning' }).filter(Boolean).length;
  const found = new Uint8Array(images);
  const scores = imageScores(labelScores(table), classes);
  for (const image of new AscendingOrder(images).of(scores).subarray(0, most)) found[image] = 1;
  return found;
}

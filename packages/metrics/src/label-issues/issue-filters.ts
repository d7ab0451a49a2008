import { AscendingOrder } from '../scores/ascending-order.js';
import { confidentJoint, SLACK } from './confident-joint.js';
import type { GivenLabel } from './given-label.js';
import { scoresOf } from './label-scores.js';
import { noiseCounts, type NoiseOptions } from './noise-counts.js';

/** Filters that find wrong labels. */
export const ISSUE_FILTERS = [
  'prune-by-noise-rate',
  'prune-by-class',
  'both',
  'confident-learning',
  'predicted-neq-given',
  'low-self-confidence',
  'low-normalized-margin',
] as const;

export type IssueFilter = (typeof ISSUE_FILTERS)[number];

/** Whether every known image was given the same value: then nothing can be said of a label, and no filter flags it. */
export const isOneSided = ({ counts }: GivenLabel): boolean => counts[0] === 0 || counts[1] === 0;

/**
 * The given labels that a filter takes for wrong: 1 for each, [n] (docs/method.md#label-issues). Of equally suspicious
 * ones that are too many the earlier images are taken.
 */
export function issuesOf(label: GivenLabel, filter: IssueFilter, options: NoiseOptions = {}): Uint8Array {
  if (isOneSided(label)) return new Uint8Array(label.given.length);
  switch (filter) {
    case 'low-self-confidence':
      return lowest(label, scoresOf(label, 'self-confidence'));
    case 'low-normalized-margin':
      return lowest(label, scoresOf(label, 'normalized-margin'));
    default:
      return withoutAgreed(label, flagged(label, filter, options));
  }
}

function flagged(label: GivenLabel, filter: IssueFilter, options: NoiseOptions): Uint8Array {
  switch (filter) {
    case 'confident-learning':
      return confidentJoint(label).disagrees;
    case 'prune-by-noise-rate':
      return pruned(label, options, 'noise-rate');
    case 'prune-by-class':
      return pruned(label, options, 'class');
    case 'both': {
      const byClass = pruned(label, options, 'class');
      return pruned(label, options, 'noise-rate').map((flag, i) => flag & byClass[i]);
    }
    default:
      return label.given.map((value, i) => Number(value !== predicted(label, i)));
  }
}

const predicted = ({ probabilities: [absent, present] }: GivenLabel, i: number): 0 | 1 =>
  present[i] > absent[i] ? 1 : 0;

/** A label that the prediction agrees with is never wrong. */
function withoutAgreed({ given, probabilities }: GivenLabel, flags: Uint8Array): Uint8Array {
  return flags.map((flag, i) => {
    const agrees = probabilities[given[i]][i] + SLACK > probabilities[1 - given[i]][i];
    return agrees ? 0 : flag;
  });
}

/** As many as the joint says are wrong: those with the largest margin, or with the lowest probability of what was given. */
function pruned(label: GivenLabel, options: NoiseOptions, by: 'noise-rate' | 'class'): Uint8Array {
  const { given, probabilities, counts } = label;
  const wrong = noiseCounts(confidentJoint(label).calibrated, options);
  const flags = new Uint8Array(given.length);
  for (const value of [0, 1] as const) {
    if (counts[value] <= (options.minExamples ?? 1)) continue;
    const most = by === 'class' ? counts[value] - wrong[value][value] : wrong[1 - value][value];
    const ranked = positionsGiven(label, value);
    const [own, other] = [probabilities[value], probabilities[1 - value]];
    const belief = Float64Array.from(ranked, (i) => (by === 'class' ? own[i] : own[i] - other[i]));
    for (const rank of firstOf(belief, most)) flags[ranked[rank]] = 1;
  }
  return flags;
}

/** As many as `confident-learning` flags: those with the lowest scores. */
function lowest(label: GivenLabel, scores: Float64Array): Uint8Array {
  const most = issuesOf(label, 'confident-learning').reduce((sum, flag) => sum + flag, 0);
  const flags = new Uint8Array(scores.length);
  for (const i of firstOf(scores, most)) flags[i] = 1;
  return flags;
}

const positionsGiven = ({ given }: GivenLabel, value: 0 | 1): Uint32Array =>
  Uint32Array.from([...given.keys()].filter((i) => given[i] === value));

/** Positions of the smallest values. */
const firstOf = (values: Float64Array, most: number): Uint32Array =>
  new AscendingOrder(values.length).of(values).slice(0, Math.max(most, 0));

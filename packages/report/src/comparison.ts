import { FEW_POSITIVES, type Evaluation, type EvaluationIntervals, type Interval } from '@polytag/metrics';
import { count, percent } from './figures.js';
import { confidenceText } from './headline-figures.js';

/** What was compared on what. */
export interface ComparisonSubject {
  /** Names of the two sides; told apart as A and B. */
  readonly first: string;
  readonly second: string;
  readonly dataSet: string;
}

/** One figure of both sides, and how far that of B is above that of A. Fractions. */
export interface ComparedFigure {
  /** E.g. `mAP`. */
  readonly name: string;
  /** At which decisions, e.g. `score > 0.5`; empty where there are none. */
  readonly at: string;
  readonly first: number;
  readonly second: number;
  readonly difference: Interval;
}

export interface ComparedLabel {
  readonly label: string;
  /** Images that have it. */
  readonly positives: number;
  /** Average precisions. */
  readonly first: number;
  readonly second: number;
  readonly difference: Interval;
}

/** Two evaluations of the same images side by side, as plain data. */
export interface Comparison extends ComparisonSubject {
  readonly images: number;
  readonly confidence: number;
  readonly resamples: number;
  readonly seed: number;
  /** The first is the mAP over the labels that occur. */
  readonly figures: readonly ComparedFigure[];
  /** Those that an image has, in vocabulary order. */
  readonly classes: readonly ComparedLabel[];
  /** What it comes to, in sentences. */
  readonly verdict: readonly string[];
}

/** Whether 0 lies outside an interval, and on which side: −1 all of it is below, 1 above, 0 neither. */
export const sideOf = ({ from, to }: Interval): -1 | 0 | 1 => (from > 0 ? 1 : to < 0 ? -1 : 0);

/**
 * Joins two results of `evaluateScores` with the intervals of their difference.
 *
 * @param intervals `bootstrapDifference` of the same scores
 */
export function comparison(
  first: Evaluation,
  second: Evaluation,
  intervals: EvaluationIntervals,
  subject: ComparisonSubject,
): Comparison {
  const { confidence, resamples, seed } = intervals;
  const figures: ComparedFigure[] = [];
  const add = (
    name: string,
    at: string,
    path: keyof typeof intervals.figures,
    of: (evaluation: Evaluation) => number,
  ) => {
    const difference = intervals.figures[path];
    if (difference) figures.push({ name, at, first: of(first), second: of(second), difference });
  };
  add('mAP', '', 'mAPOccurring', ({ mAPOccurring }) => mAPOccurring);
  if (first.emptyClasses.length > 0) add('mAP', 'all labels', 'mAP', ({ mAP }) => mAP);
  const at = `score > ${first.threshold.value}`;
  for (const name of ['CF1', 'OF1'] as const)
    add(name, at, `threshold.${name}`, ({ threshold }) => threshold[name]);
  for (const name of ['CF1', 'OF1'] as const)
    add(name, 'own thresholds', `classThresholds.${name}`, ({ classThresholds }) => classThresholds![name]);
  const classes = first.labels.flatMap((label, k) => {
    const difference = intervals.averagePrecision[k];
    if (!difference) return [];
    const [a, b] = [first.averagePrecision[k], second.averagePrecision[k]];
    return [{ label, positives: first.positives[k], first: a, second: b, difference }];
  });
  return {
    ...subject,
    images: first.images,
    confidence,
    resamples,
    seed,
    figures,
    classes,
    verdict: verdictOf(figures, classes, confidence),
  };
}

/** A comparison as a JSON text, ending with a line feed. */
export function comparisonJson(compared: Comparison): string {
  return `${JSON.stringify(compared, null, 2)}\n`;
}

/** A difference in per cent points, with its sign. */
export const signed = (difference: number): string =>
  `${difference < 0 ? '-' : '+'}${percent(Math.abs(difference))}`;

function verdictOf(
  figures: readonly ComparedFigure[],
  classes: readonly ComparedLabel[],
  confidence: number,
): string[] {
  const sentences = figures.map(({ name, at, difference }) => {
    const { estimate, from, to } = difference;
    const figure = at === '' ? name : `${name} (${at})`;
    const range = `${confidenceText(confidence)} interval ${signed(from)} to ${signed(to)}`;
    const side = sideOf(difference);
    if (from === 0 && to === 0) return `${figure}: A and B are the same.`;
    if (side === 0)
      return `${figure}: no difference is shown. B is at ${signed(estimate)} from A, and the ${range} holds 0.`;
    return `${figure}: ${side > 0 ? 'B' : 'A'} is better. B is at ${signed(estimate)} from A, ${range}.`;
  });
  const [better, worse] = [1, -1].map(
    (side) => classes.filter(({ difference }) => sideOf(difference) === side).length,
  );
  const chance = Math.round((1 - confidence) * classes.length);
  const few = classes.filter(({ positives }) => positives < FEW_POSITIVES).length;
  return [
    ...sentences,
    `Of ${count(classes.length)} labels B is better at ${better} and worse at ${worse}. ` +
      `About ${chance} would look so by chance alone, where nothing differs.` +
      (few > 0 ? ` ${count(few)} have fewer than ${FEW_POSITIVES} images: their intervals are rough.` : ''),
  ];
}

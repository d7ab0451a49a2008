import { FEW_POSITIVES, type Evaluation, type EvaluationIntervals, type Interval } from '@polytag/metrics';
import { count, images, percent } from './figures.js';
import { confidenceText } from './headline-figures.js';

/** The subject of a comparison. */
export interface ComparisonSubject {
  /** Names of the two sides, shown as A and B. */
  readonly first: string;
  readonly second: string;
  readonly dataSet: string;
}

/** A figure of both sides, and the difference B − A. Fractions. */
export interface ComparedFigure {
  /** E.g. `mAP`. */
  readonly name: string;
  /** The decisions that it is measured for, e.g. `score > 0.5`; empty if there are none. */
  readonly at: string;
  /** Whether the verdict has a sentence about it. */
  readonly isHeadline: boolean;
  readonly first: number;
  readonly second: number;
  readonly difference: Interval;
}

export interface ComparedLabel {
  readonly label: string;
  /** Number of images with the label. */
  readonly positives: number;
  /**
   * Whether these are so few that the interval is not reliable: the label is listed separately, and the verdict ignores
   * it.
   */
  readonly hasFewImages: boolean;
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
  /** The labels that occur, in vocabulary order. */
  readonly classes: readonly ComparedLabel[];
  /** The conclusion, in sentences. */
  readonly verdict: readonly string[];
}

/** Whether 0 lies outside an interval, and on which side: −1 all of it is below, 1 above, 0 neither. */
export const sideOf = ({ from, to }: Interval): -1 | 0 | 1 => (from > 0 ? 1 : to < 0 ? -1 : 0);

/** The number after 0.5: `score >= ABOVE_HALF` is `score > 0.5`. */
const ABOVE_HALF = 0.5 + 2 ** -53;

/**
 * Thresholds to evaluate both sides with, so that each decides as it does on its own: its own thresholds if it has any,
 * else a score above 0.5. Undefined for both if neither has any.
 *
 * @param sides thresholds of A and B, K each
 */
export function comparedThresholds(
  sides: readonly [ArrayLike<number> | undefined, ArrayLike<number> | undefined],
): readonly [ArrayLike<number> | undefined, ArrayLike<number> | undefined] {
  const some = sides[0] ?? sides[1];
  if (!some) return [undefined, undefined];
  const half = () => new Float64Array(some.length).fill(ABOVE_HALF);
  return [sides[0] ?? half(), sides[1] ?? half()];
}

/**
 * Joins two results of `evaluateScores` with the intervals of their difference.
 *
 * @param intervals `bootstrapDifference` of the same scores, with the same thresholds: {@link comparedThresholds}
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
    isHeadline: boolean,
    path: keyof typeof intervals.figures,
    of: (evaluation: Evaluation) => number,
  ) => {
    const difference = intervals.figures[path];
    if (difference) figures.push({ name, at, isHeadline, first: of(first), second: of(second), difference });
  };
  add('mAP', '', true, 'mAPOccurring', ({ mAPOccurring }) => mAPOccurring);
  if (first.emptyClasses.length > 0) add('mAP', 'all labels', false, 'mAP', ({ mAP }) => mAP);
  const own = ownRule(first, second);
  if (own !== undefined)
    for (const name of ['CF1', 'OF1'] as const)
      add(name, own, true, `classThresholds.${name}`, ({ classThresholds }) => classThresholds![name]);
  const at = `score > ${first.threshold.value}`;
  for (const name of ['CF1', 'OF1'] as const)
    add(name, at, own === undefined, `threshold.${name}`, ({ threshold }) => threshold[name]);
  const classes = first.labels.flatMap((label, k) => {
    const difference = intervals.averagePrecision[k];
    if (!difference) return [];
    const [a, b] = [first.averagePrecision[k], second.averagePrecision[k]];
    const positives = first.positives[k];
    const hasFewImages = positives < FEW_POSITIVES;
    return [{ label, positives, hasFewImages, first: a, second: b, difference }];
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

/** Whose own thresholds the decisions follow; undefined where nobody has any. All at {@link ABOVE_HALF} are none. */
function ownRule(first: Evaluation, second: Evaluation): string | undefined {
  if (!first.classThresholds || !second.classThresholds) return undefined;
  const [a, b] = [first, second].map(({ classThresholds }) =>
    classThresholds!.values.some((value) => value !== ABOVE_HALF),
  );
  if (a && b) return 'own thresholds';
  return a ? 'own thresholds; B: score > 0.5' : 'own thresholds; A: score > 0.5';
}

function verdictOf(
  figures: readonly ComparedFigure[],
  classes: readonly ComparedLabel[],
  confidence: number,
): string[] {
  const points = (difference: number) => percent(Math.abs(difference));
  const sentences = figures
    .filter(({ isHeadline }) => isHeadline)
    .map(({ name, at, difference }) => {
      const { estimate, from, to } = difference;
      const figure = at === '' ? name : `${name} (${at})`;
      const side = sideOf(difference);
      if (from === 0 && to === 0) return `${figure}: A and B are the same.`;
      const sure = confidenceText(confidence);
      if (side !== 0) {
        const range = [from, to].map(Math.abs).sort((a, b) => a - b);
        return `${figure}: ${side > 0 ? 'B' : 'A'} is better, by ${points(estimate)} points (${sure} interval: ${range.map(points).join(' to ')}).`;
      }
      const here =
        points(estimate) === points(0)
          ? 'They are equal on these images'
          : `${estimate > 0 ? 'B' : 'A'} is ${points(estimate)} points ahead on these images`;
      return `${figure}: too close to call. ${here}; on similar images, anything from A ahead by ${points(from)} to B ahead by ${points(to)} is plausible (${sure} interval).`;
    });
  const judged = classes.filter(({ hasFewImages }) => !hasFewImages);
  const [better, worse] = [1, -1].map(
    (side) => judged.filter(({ difference }) => sideOf(difference) === side).length,
  );
  const few = classes.length - judged.length;
  const labels = (n: number) => (n === 1 ? '1 label' : `${count(n)} labels`);
  const close = judged.length - better - worse;
  const byChance = Math.round((1 - confidence) * judged.length);
  const parts = [
    ...(better > 0 ? [`B is better at ${count(better)}`] : []),
    ...(worse > 0 ? [`A is better at ${count(worse)}`] : []),
    ...(close > 0 ? [`${count(close)} ${close === 1 ? 'is' : 'are'} too close to call`] : []),
  ];
  return [
    ...sentences,
    ...(judged.length > 0
      ? [
          `Of ${labels(judged.length)} with at least ${images(FEW_POSITIVES)}, ${parts.join(', ')}.` +
            (better + worse > 0 && byChance > 0
              ? ` If A and B were equally good, about ${byChance} would differ by chance alone.`
              : ''),
        ]
      : []),
    ...(few > 0
      ? [
          `${labels(few)} with fewer than ${images(FEW_POSITIVES)} ${few === 1 ? 'is' : 'are'} not compared: too few images to show a difference.`,
        ]
      : []),
  ];
}

import { FEW_POSITIVES, type FigureName } from '@polytag/metrics';
import type { EvaluationReport, FrequencyGroupReport, SummaryScores } from './evaluation-report.js';
import { count, percent, short } from './figures.js';
import { fit } from './text-width.js';

type Means = Pick<EvaluationReport, 'mAP' | 'mAPOccurring' | 'labels' | 'emptyClasses'>;

/** The mAP to read first: over the labels that occur, in per cent. A dash where no label does. */
export const headlinePrecision = ({ mAPOccurring }: Means): string =>
  mAPOccurring === null ? '–' : percent(mAPOccurring);

/** Why papers would report another mAP for the same scores, and which; undefined where they would not. */
export function authorsPrecision({ mAP, labels, emptyClasses }: Means): string | undefined {
  if (emptyClasses.length === 0) return undefined;
  const without = emptyClasses.length === 1 ? '1 label' : `${count(emptyClasses.length)} labels`;
  return `mAP over all ${count(labels)} labels, as in papers: ${percent(mAP)}, with 0 for the ${without} without images`;
}

/** When a label is predicted, as the end of a sentence: precision, recall and F1 of labels are of these decisions. */
export const decisionRule = ({
  threshold,
  classThresholds,
}: Pick<EvaluationReport, 'threshold' | 'classThresholds'>): string =>
  classThresholds ? 'at or above its own threshold' : `at a score above ${short(threshold.value)}`;

/** Labels with so few images that their figures say little, as a sentence; undefined where there are none. */
export function fewImages({ classes }: EvaluationReport): string | undefined {
  const rare = classes.filter(({ positives }) => positives > 0 && positives < FEW_POSITIVES).length;
  if (rare === 0) return undefined;
  return rare === 1
    ? `1 label has fewer than ${FEW_POSITIVES} images: its AP and F1 are unreliable.`
    : `${count(rare)} labels have fewer than ${FEW_POSITIVES} images: their AP and F1 are unreliable.`;
}

/** How many decisions are judged, where some labels of images are unknown. */
export function knownDecisions({ images, labels, ignored }: EvaluationReport): string {
  const all = images * labels;
  return `Known: ${count(all - ignored)} of ${count(all)} image-label pairs; the others are not evaluated.`;
}

/** Labels that have hardly anything to be taken for, because it is unknown of most images whether they have them. */
export function fewNegatives({ images, classes }: EvaluationReport): string | undefined {
  const optimistic = classes.filter(
    ({ positives, known }) => positives > 0 && known < images && known - positives < FEW_POSITIVES,
  ).length;
  if (optimistic === 0) return undefined;
  return optimistic === 1
    ? `1 label is known to be absent in fewer than ${FEW_POSITIVES} images: its AP is optimistic.`
    : `${count(optimistic)} labels are known to be absent in fewer than ${FEW_POSITIVES} images: their AP is optimistic.`;
}

/** "95 %": how sure intervals are. */
export const confidenceText = (confidence: number): string => `${Number((100 * confidence).toFixed(2))} %`;

/** "60.10 to 66.02", in per cent; undefined where the figure has no interval. */
export function intervalText({ intervals }: EvaluationReport, figure: FigureName): string | undefined {
  const range = intervals?.figures[figure];
  return range && `${percent(range.from)} to ${percent(range.to)}`;
}

/** A terminal's line of what all decisions of one kind come to. */
export const overallLine = (
  name: string,
  { CF1, OF1, OP, OR }: Pick<SummaryScores, 'CF1' | 'OF1' | 'OP' | 'OR'>,
): string =>
  `${fit(name, 16)}CF1 ${percent(CF1)}   OF1 ${percent(OF1)}   OP ${percent(OP)}   OR ${percent(OR)}`;

/** How well the labels of one frequency are known: `few: 3 labels on fewer than 20 training images`, and their mAP. */
export function frequencyLine({ name, from, to, labels, mAPOccurring }: FrequencyGroupReport): {
  readonly group: string;
  readonly value: string;
} {
  const training = 'training images';
  const range =
    to === null
      ? `more than ${count(from - 1)} ${training}`
      : from === 0
        ? `fewer than ${count(to + 1)} ${training}`
        : `${count(from)} to ${count(to)} ${training}`;
  return {
    group: `${name}: ${labels === 1 ? '1 label' : `${count(labels)} labels`} on ${range}`,
    value: mAPOccurring === null ? '–' : percent(mAPOccurring),
  };
}

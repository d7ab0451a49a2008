import {
  frequencyGroups,
  type Evaluation,
  type EvaluationIntervals,
  type FigureName,
  type PrecisionRecall,
} from '@polytag/metrics';

/** The subject of an evaluation. */
export interface EvaluationSubject {
  /** Name of the model. */
  readonly model: string;
  /** Name of the data set, e.g. the label file. */
  readonly dataSet: string;
  /** Images of the training set that have each label, in vocabulary order; adds {@link EvaluationReport.frequencyGroups}. */
  readonly trainingImages?: ArrayLike<number>;
  /** Intervals for the same scores; adds {@link EvaluationReport.intervals}. */
  readonly intervals?: EvaluationIntervals;
}

/** Bounds of a figure. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Labels with a similar number of training images. */
export interface FrequencyGroupReport {
  readonly name: 'many' | 'medium' | 'few';
  /** Minimum number of training images of a label in the group. */
  readonly from: number;
  /** Maximum number; null if there is none. */
  readonly to: number | null;
  readonly labels: number;
  /** Number of these labels that occur in the evaluated images; the mean is over these. */
  readonly occurring: number;
  /** Null when none occurs. */
  readonly mAPOccurring: number | null;
}

/** Precision, recall and F1 over all labels. C…: means over classes; O…: over all decisions. */
export interface SummaryScores {
  readonly CP: number;
  readonly CR: number;
  readonly CF1: number;
  readonly CF1MeanOfClasses: number;
  readonly OP: number;
  readonly OR: number;
  readonly OF1: number;
}

export interface LabelReport {
  readonly label: string;
  /** Images that have the label. */
  readonly positives: number;
  /** Number of images for which the label is known; all figures of the label are over these. */
  readonly known: number;
  /** Average precision by the authors' rule: 0 for a label without images. */
  readonly averagePrecision: number;
  /** Present if intervals were requested and the label has an image. */
  readonly averagePrecisionInterval?: Range;
  /** Of the decisions "score above the threshold". */
  readonly precision: number;
  readonly recall: number;
  readonly f1: number;
  /** The label's own threshold, when thresholds were given. */
  readonly threshold?: number;
  /** Of the decisions "score >= the label's own threshold". */
  readonly precisionAtThreshold?: number;
  readonly recallAtThreshold?: number;
  readonly f1AtThreshold?: number;
}

/** An evaluation as plain data. Fractions, not percent; undefined values are null. */
export interface EvaluationReport extends Omit<EvaluationSubject, 'trainingImages' | 'intervals'> {
  readonly images: number;
  /** Number of labels, K. */
  readonly labels: number;
  /** Mean over all classes of `averagePrecision`, 0 for one without images: the number that papers report. */
  readonly mAP: number;
  /** Mean over the labels with images: the number to show first. Null if there are none. */
  readonly mAPOccurring: number | null;
  /** Decisions "score > value". */
  readonly threshold: SummaryScores & { readonly value: number };
  /** The three best labels of each image. */
  readonly top3: SummaryScores;
  /** Those of the three that score at least 0.5. */
  readonly top3AtLeastHalf: SummaryScores;
  /** Decisions "score >= the label's own threshold". */
  readonly classThresholds?: SummaryScores;
  /** Fraction of images with exactly the right labels at `threshold.value`. */
  readonly exactMatch: number;
  /** Elements that were not judged because their target is negative. */
  readonly ignored: number;
  /** Labels without a single image. */
  readonly emptyClasses: readonly string[];
  /** Many, medium, few training images; where the training set is known. */
  readonly frequencyGroups?: readonly FrequencyGroupReport[];
  /** Bootstrap intervals over the images, by the path of the figure in this report; where they were asked for. */
  readonly intervals?: {
    /** E.g. 0.95. */
    readonly confidence: number;
    readonly resamples: number;
    readonly seed: number;
    readonly figures: Readonly<Partial<Record<FigureName, Range>>>;
  };
  /** In vocabulary order. */
  readonly classes: readonly LabelReport[];
}

/** Converts the result of `evaluateScores` to a report that JSON can hold. */
export function evaluationReport(evaluation: Evaluation, subject: EvaluationSubject): EvaluationReport {
  const { labels, threshold, classThresholds } = evaluation;
  const { intervals } = subject;
  return {
    mAP: evaluation.mAP,
    mAPOccurring: Number.isNaN(evaluation.mAPOccurring) ? null : evaluation.mAPOccurring,
    model: subject.model,
    dataSet: subject.dataSet,
    images: evaluation.images,
    labels: labels.length,
    threshold: { value: threshold.value, ...summary(threshold) },
    top3: summary(evaluation.top3),
    top3AtLeastHalf: summary(evaluation.top3AtLeastHalf),
    ...(classThresholds && { classThresholds: summary(classThresholds) }),
    exactMatch: evaluation.exactMatch,
    ignored: evaluation.ignored,
    emptyClasses: evaluation.emptyClasses.map((k) => labels[k]),
    ...(subject.trainingImages && {
      frequencyGroups: frequencyGroups(evaluation, subject.trainingImages).map((group) => ({
        ...group,
        to: Number.isFinite(group.to) ? group.to : null,
        labels: group.labels.length,
        mAPOccurring: Number.isNaN(group.mAPOccurring) ? null : group.mAPOccurring,
      })),
    }),
    ...(intervals && { intervals: reportedIntervals(intervals) }),
    classes: labels.map((label, k) => ({
      label,
      positives: evaluation.positives[k],
      known: evaluation.known[k],
      averagePrecision: evaluation.averagePrecision[k],
      ...(intervals?.averagePrecision[k] && {
        averagePrecisionInterval: rangeOf(intervals.averagePrecision[k]),
      }),
      precision: threshold.perClass.precision[k],
      recall: threshold.perClass.recall[k],
      f1: threshold.perClass.f1[k],
      ...(classThresholds && {
        threshold: classThresholds.values[k],
        precisionAtThreshold: classThresholds.perClass.precision[k],
        recallAtThreshold: classThresholds.perClass.recall[k],
        f1AtThreshold: classThresholds.perClass.f1[k],
      }),
    })),
  };
}

/** The report as a JSON text, ending with a line feed. `JSON.parse` gives an equal report back. */
export function toJson(report: EvaluationReport): string {
  return `${JSON.stringify(report, null, 2)}\n`;
}

const rangeOf = ({ from, to }: Range): Range => ({ from, to });

function reportedIntervals({ confidence, resamples, seed, figures }: EvaluationIntervals) {
  const found = Object.entries(figures).map(([name, interval]) => [name, rangeOf(interval)] as const);
  return { confidence, resamples, seed, figures: Object.fromEntries(found) };
}

function summary({ CP, CR, CF1, CF1MeanOfClasses, OP, OR, OF1 }: PrecisionRecall): SummaryScores {
  return { CP, CR, CF1, CF1MeanOfClasses, OP, OR, OF1 };
}

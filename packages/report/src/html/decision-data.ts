import { printable } from '@polytag/core';
import { HISTOGRAM_STEPS, type Mistake } from '@polytag/metrics';
import type { EvaluationReport } from '../evaluation-report.js';
import { imagesOf } from './images-of.js';
import { pictureAddress, ratioOf } from './picture.js';
import type { HtmlDetails } from './html-details.js';

/** Entry and count, entry and count, …: the entries of a histogram that are not 0. */
type SparseCounts = readonly number[];
/** Image and score. */
type Entry = readonly [image: number, score: number];

interface LabelDecisions {
  /** As it is shown. */
  readonly name: string;
  /** As it is, where that differs. */
  readonly label?: string;
  /** What its decisions are made by when the page opens. */
  readonly threshold: number;
  /** Of those decisions. */
  readonly hits: number;
  readonly predicted: number;
  readonly present: SparseCounts;
  readonly absent: SparseCounts;
  readonly mistakes: { readonly absent: readonly Entry[]; readonly present: readonly Entry[] };
}

/** What the script of the page counts decisions from. */
export interface DecisionData {
  /** Thresholds are multiples of 1 / steps. */
  readonly steps: number;
  /** In vocabulary order. */
  readonly labels: readonly LabelDecisions[];
  /** By their position in the data set. */
  readonly images: Readonly<
    Record<
      number,
      {
        readonly name: string;
        readonly labels?: readonly number[];
        readonly picture?: string;
        /** Width over height, where there are heat maps. */
        readonly ratio?: number;
        /** By label. */
        readonly heat?: Readonly<Record<number, string>>;
      }
    >
  >;
}

/**
 * Everything that is needed to move a threshold: a few hundred numbers a label, whatever the number of images.
 *
 * @param shown images whose picture is on the page already
 */
export function decisionData(
  { classes, threshold }: EvaluationReport,
  details: HtmlDetails,
  shown: ReadonlySet<number>,
): DecisionData {
  const { histograms, decisions, mistakesByClass, imageAt } = details;
  const position = new Map(classes.map(({ label }, k) => [label, k]));
  const images: Record<number, DecisionData['images'][number]> = {};
  for (const image of imagesOf([details.mistakes, ...mistakesByClass])) {
    const { name, labels, thumbnail, heatMaps } = imageAt(image);
    const ratio = thumbnail && ratioOf(thumbnail);
    const heat = [...(heatMaps ?? [])].map(([label, map]) => [position.get(label), pictureAddress(map)]);
    images[image] = {
      name: printable(name, Infinity),
      ...(labels && { labels: labels.flatMap((label) => position.get(label) ?? []) }),
      ...(thumbnail && !shown.has(image) && { picture: pictureAddress(thumbnail) }),
      ...(ratio && heat.length > 0 && { ratio, heat: Object.fromEntries(heat) }),
    };
  }
  return {
    steps: HISTOGRAM_STEPS,
    labels: classes.map(({ label, threshold: own = threshold.value }, k) => ({
      name: printable(label, Infinity),
      ...(printable(label, Infinity) !== label && { label }),
      threshold: own,
      hits: decisions.hits[k],
      predicted: decisions.predicted[k],
      present: sparse(histograms[k].present),
      absent: sparse(histograms[k].absent),
      mistakes: {
        absent: mistakesByClass[k].absent.map(entry),
        present: mistakesByClass[k].present.map(entry),
      },
    })),
    images,
  };
}

const entry = ({ image, score }: Mistake): Entry => [image, Number(score.toPrecision(5))];

function sparse(counts: Uint32Array): SparseCounts {
  return Array.from(counts.entries()).flatMap(([place, count]) => (count > 0 ? [place, count] : []));
}

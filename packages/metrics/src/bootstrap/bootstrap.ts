import { RandomStream, UsageError } from '@polytag/core';
import type { ScoreTable } from '../scores/score-table.js';
import { drawWeights } from './draw-weights.js';
import { biasCorrectedInterval, centredInterval, type Interval } from './interval.js';
import {
  WeightedEvaluation,
  type DecisionOptions,
  type FigureName,
  type WeightedFigures,
} from './weighted-evaluation.js';

export interface BootstrapOptions {
  /** Number of resamples (default 1000). */
  readonly resamples?: number;
  /** Default 0. Each resample has its own random stream, so more resamples keep the earlier ones. */
  readonly seed?: number;
  /** Confidence level. Default 0.95. */
  readonly confidence?: number;
  /** Called after each resample. */
  readonly report?: (done: number) => void;
}

/** Confidence intervals of an evaluation's figures. Fractions. */
export interface EvaluationIntervals {
  readonly resamples: number;
  readonly seed: number;
  readonly confidence: number;
  /**
   * Intervals of those {@link FigureName} that the evaluation has. A figure without a value in any resample has no
   * interval.
   */
  readonly figures: Readonly<Partial<Record<FigureName, Interval>>>;
  /** Per class, over the resamples in which it has a positive; undefined for a class without positives. */
  readonly averagePrecision: readonly (Interval | undefined)[];
}

/**
 * Estimates how far the figures of an evaluation would vary on other images of the same kind: images are drawn with
 * replacement, and every figure is computed on each draw (Efron and Tibshirani, "An Introduction to the Bootstrap",
 * 1993). Intervals are bias-corrected percentile intervals (docs/method.md#intervals). They do not cover the variation
 * between training runs.
 *
 * @throws UsageError `usage/bootstrap` without images or resamples, or with a confidence outside 0 to 1
 */
export function bootstrapEvaluation(
  table: ScoreTable,
  options: BootstrapOptions & DecisionOptions = {},
): EvaluationIntervals {
  const evaluation = new WeightedEvaluation(table, options);
  return intervals(evaluation.names, table, [evaluation], options, {
    value: ([figure]) => figure,
    interval: biasCorrectedInterval,
  });
}

/** One side of a comparison. */
export interface ComparedScores extends DecisionOptions {
  readonly table: ScoreTable;
}

/**
 * The difference `second` − `first` on the same images, with intervals. Both are resampled alike, so images that are
 * easy or hard for both cancel out. Percentile intervals, moved by the bias of resampling (docs/method.md#intervals). A figure that only one of the two has is left out.
 *
 * @throws UsageError `usage/shape-mismatch` unless both have the same images and classes, and those of {@link
 * bootstrapEvaluation}
 */
export function bootstrapDifference(
  first: ComparedScores,
  second: ComparedScores,
  options: BootstrapOptions = {},
): EvaluationIntervals {
  const { images, classes } = first.table;
  if (second.table.images !== images || second.table.classes !== classes) {
    throw new UsageError(
      'usage/shape-mismatch',
      `The two sides do not match: ${images} images and ${classes} labels against ${second.table.images} images and ${second.table.classes} labels.`,
    );
  }
  const sides = [first, second].map((side) => new WeightedEvaluation(side.table, side));
  const names = sides[0].names.filter((name) => sides[1].names.includes(name));
  return intervals(names, first.table, sides, options, {
    value: ([a, b]) => b - a,
    interval: (...differences) => withinFractions(centredInterval(...differences)),
  });
}

/** A difference of fractions is between −1 and 1. */
const withinFractions = (one: Interval | undefined): Interval | undefined =>
  one && { ...one, from: Math.max(one.from, -1), to: Math.min(one.to, 1) };

/** What is made of the values of all sides, and what of those of all resamples. */
interface Summary {
  readonly value: (ofSides: readonly number[]) => number;
  readonly interval: typeof centredInterval;
}

function intervals(
  names: readonly FigureName[],
  { images, classes }: ScoreTable,
  sides: readonly WeightedEvaluation[],
  { resamples = 1000, seed = 0, confidence = 0.95, report }: BootstrapOptions,
  { value, interval }: Summary,
): EvaluationIntervals {
  if (images === 0 || !(resamples >= 1) || !(confidence > 0 && confidence < 1)) {
    throw new UsageError(
      'usage/bootstrap',
      `Intervals need at least one image, one resample and a confidence between 0 and 1 (got ${images} images, ${resamples} resamples, confidence ${confidence}).`,
      { hint: 'Choose at least one image and one resample, and a confidence between 0 and 1.' },
    );
  }
  const places = sides.map((side) => names.map((name) => side.names.indexOf(name)));
  const valuesOf = (weights: Uint16Array): WeightedFigures => {
    const found = sides.map((side) => side.of(weights));
    return {
      figures: Float64Array.from(names, (_, i) => value(found.map((one, s) => one.figures[places[s][i]]))),
      averagePrecision: Float64Array.from({ length: classes }, (_, k) =>
        value(found.map((one) => one.averagePrecision[k])),
      ),
    };
  };
  const weights = new Uint16Array(images).fill(1);
  const whole = valuesOf(weights);
  const figures = names.map(() => new Float64Array(resamples));
  const precisions = Array.from({ length: classes }, () => new Float64Array(resamples));
  for (let b = 0; b < resamples; b++) {
    drawWeights(new RandomStream(seed, `bootstrap/${b}`), weights);
    const resampled = valuesOf(weights);
    figures.forEach((values, i) => (values[b] = resampled.figures[i]));
    precisions.forEach((values, k) => (values[b] = resampled.averagePrecision[k]));
    report?.(b + 1);
  }
  const found = names.map((name, i) => [name, interval(whole.figures[i], figures[i], confidence)] as const);
  return {
    resamples,
    seed,
    confidence,
    figures: Object.fromEntries(found.filter(([, one]) => one !== undefined)),
    averagePrecision: precisions.map((values, k) => interval(whole.averagePrecision[k], values, confidence)),
  };
}

import { DataError } from '@polytag/core';
import { FEW_POSITIVES } from '../thresholds/thresholds.js';
import { judgement } from '../scores/score-table.js';
import type { Calibration } from './calibration.js';
import { fitSigmoid, type Forecasts, type Sigmoid } from './fit-sigmoid.js';

/** Logits with their targets: N images, K classes, row-major. */
export interface LogitTable {
  /** [N, K]: scale · output. */
  readonly logits: Float64Array;
  /** [N, K], as in a `ScoreTable`: elements below 0 are unknown. */
  readonly targets: ArrayLike<number>;
  /** K */
  readonly classes: number;
}

/**
 * Fits one temperature T for all classes: probability = sigmoid(logit / T), with the least cross-entropy over known
 * elements (Guo et al., "On Calibration of Modern Neural Networks", 2017; docs/method.md#calibration). Fit it on images
 * that the model was not trained on.
 *
 * @throws DataError `data/no-calibration` without known positives and negatives, or if higher logits do not make a
 * label likelier
 */
export function fitTemperature(table: LogitTable): Calibration {
  const all = allForecasts(table);
  const { slope } = rising(fitSigmoid(all, false), () =>
    fitSigmoid(all, true).slope > 0
      ? 'The outputs are all too high or all too low for a temperature alone: fit an offset too (--method platt).'
      : undefined,
  );
  return {
    method: 'temperature',
    slopes: new Float64Array(table.classes).fill(slope),
    offsets: new Float64Array(table.classes),
  };
}

/** A {@link Calibration} with one pair per class. */
export interface PlattCalibration extends Calibration {
  /** Indices of the classes that use the pair shared by all elements. */
  readonly shared: readonly number[];
}

/**
 * Fits a slope and an offset per class (Platt scaling; docs/method.md#calibration), with the least cross-entropy over
 * its known elements. A class with fewer than {@link FEW_POSITIVES} positives or negatives, or whose slope would not be
 * above 0, uses the pair fitted on all classes together.
 *
 * @throws DataError as {@link fitTemperature}
 */
export function fitPlatt(table: LogitTable): PlattCalibration {
  const { classes } = table;
  const together = rising(fitSigmoid(allForecasts(table), true));
  const shared: number[] = [];
  const pairs = Array.from({ length: classes }, (_, k) => {
    const own = ownPair(forecastsOf(table, k));
    if (!own) shared.push(k);
    return own ?? together;
  });
  return {
    method: 'platt',
    slopes: Float64Array.from(pairs, ({ slope }) => slope),
    offsets: Float64Array.from(pairs, ({ offset }) => offset),
    shared,
  };
}

function ownPair(forecasts: Forecasts): Sigmoid | undefined {
  const { positives, logits } = forecasts;
  if (positives < FEW_POSITIVES || logits.length - positives < FEW_POSITIVES) return undefined;
  const pair = fitSigmoid(forecasts, true);
  return pair.slope > 0 ? pair : undefined;
}

/** @param helps what would help here, where something would */
function rising(sigmoid: Sigmoid, helps: () => string | undefined = () => undefined): Sigmoid {
  if (sigmoid.slope > 0) return sigmoid;
  throw new DataError(
    'data/no-calibration',
    'No calibration of this kind improves the scores of these images.',
    {
      hint:
        helps() ??
        'Images with a label score no higher than images without it: train longer, or check that this is the label file for this model.',
    },
  );
}

function allForecasts({ logits, targets }: LogitTable): Forecasts {
  const all = forecastsOf({ logits, targets, classes: 1 }, 0);
  if (all.positives > 0 && all.positives < all.logits.length) return all;
  throw new DataError(
    'data/no-calibration',
    `Nothing to calibrate with: of ${all.logits.length} known labels, ${all.positives} are present.`,
    { hint: 'Use images of which some labels are known to be present and some to be absent.' },
  );
}

/** The judged elements of one class. */
function forecastsOf({ logits, targets, classes }: LogitTable, k: number): Forecasts {
  const all = new Float64Array(Math.ceil((logits.length - k) / classes));
  const truths = new Uint8Array(all.length);
  let count = 0;
  let positives = 0;
  for (let element = k; element < logits.length; element += classes) {
    const truth = judgement(targets[element]);
    if (truth < 0) continue;
    all[count] = logits[element];
    truths[count++] = truth;
    positives += truth;
  }
  return { logits: all.subarray(0, count), truth: truths.subarray(0, count), positives };
}

import { join } from 'node:path';
import { DataError, printable, RandomStream } from '@polytag/core';
import type { Streams } from '@polytag/cli';
import {
  calibrationFigures,
  FEW_POSITIVES,
  fitPlatt,
  fitTemperature,
  logitsFromOutputs,
  recalibratedThreshold,
  scoresFromOutputs,
  scoreTable,
  type Calibration,
  type CalibrationFigures,
  type LogitTable,
  type PlattCalibration,
} from '@polytag/metrics';
import { assertReplacesModel, saveModel } from '@polytag/model';
import type { DataOptions } from '../options.js';
import { cardOf } from './model-card.js';
import { withOutputs } from './outputs-on-data.js';

export interface CalibrateOptions extends DataOptions {
  readonly method: Calibration['method'];
  readonly out?: string;
  /** For scores that are the mean of those of an image and of its mirror image. */
  readonly flip?: boolean;
}

/**
 * Fits what makes probabilities of a model's outputs on a label file, and writes the model folder with it. Thresholds that
 * the model has follow, so that each label is predicted for the same images as before. A former calibration is replaced: the
 * fit starts from the outputs.
 */
export async function writeCalibration(options: CalibrateOptions, { out, err }: Streams): Promise<void> {
  if (options.out !== undefined) await assertReplacesModel(options.out, options.model);
  await withOutputs(options, { out, err }, async (model, found) => {
    const { labels, thresholds, calibration: former } = model;
    const logits = logitsFromOutputs(found.outputs, model.scale, found.mirrored);
    const table = { logits, targets: found.targets, images: found.images, classes: labels.size };
    const best = fit(options.method, table);
    const fitted = options.flip ? { ...best, flip: true } : best;
    const held = crossFitted(options.method, table);
    out.write(figureTable(table, { before: former, after: fitted, held }));
    out.write(told(fitted, labels.names));
    model.calibration = fitted;
    if (thresholds)
      model.thresholds = thresholds.map((one, k) => recalibratedThreshold(one, k, former, fitted));
    const folder = options.out ?? options.model;
    await saveModel(model, folder, {
      card: await cardOf(options.model),
      replace: options.out === undefined ? 'any' : 'same-weights',
    });
    const file = (name: string) => printable(join(folder, name), Infinity);
    out.write(`calibration: ${file('calibration.json')}\n`);
    out.write(
      thresholds
        ? `thresholds: ${file('thresholds.json')}, moved with the scores: decisions stay the same\n`
        : 'The model has no thresholds of its own: a label is predicted above 0.5, now a calibrated 0.5. Choose thresholds with polytag-eval thresholds.\n',
    );
  });
}

/** What a calibration is fitted on, of so many images. */
interface ImageLogits extends LogitTable {
  readonly images: number;
}

function fit(method: Calibration['method'], table: LogitTable): Calibration | PlattCalibration {
  return (method === 'temperature' ? fitTemperature : fitPlatt)(table);
}

/**
 * Scores of images that the calibration was not fitted on: each half of the images (drawn with seed 0) is calibrated by the
 * fit on the other. Undefined where a half cannot be fitted.
 */
function crossFitted(
  method: Calibration['method'],
  { logits, targets, images: count, classes }: ImageLogits,
): Float64Array | undefined {
  const order = new RandomStream(0, 'calibrate/halves').permutation(count);
  const middle = Math.floor(count / 2);
  const halves = [order.subarray(0, middle), order.subarray(middle)];
  const rows = (values: ArrayLike<number>, images: Uint32Array) =>
    Float64Array.from(
      { length: images.length * classes },
      (_, i) => values[images[Math.floor(i / classes)] * classes + (i % classes)],
    );
  const scores = new Float64Array(logits.length);
  try {
    for (const [half, other] of [halves, [...halves].reverse()]) {
      const calibration = fit(method, {
        logits: rows(logits, other),
        targets: rows(targets, other),
        classes,
      });
      const calibrated = scoresFromOutputs(rows(logits, half), 1, calibration);
      half.forEach((image, i) =>
        scores.set(calibrated.subarray(i * classes, (i + 1) * classes), image * classes),
      );
    }
  } catch (error) {
    // A half may have no label that is present, where all images have some.
    if (error instanceof DataError) return undefined;
    throw error;
  }
  return scores;
}

function figureTable(
  { logits, targets, images, classes }: ImageLogits,
  { before, after, held }: { before?: Calibration; after: Calibration; held?: Float64Array },
): string {
  const figures = (scores: Float64Array) =>
    calibrationFigures(scoreTable(scores, targets, { images, classes }));
  const row = (name: string, { expectedCalibrationError, ofClasses, logLoss }: CalibrationFigures) =>
    line(name, (100 * expectedCalibrationError).toFixed(3), (100 * ofClasses).toFixed(3), logLoss.toFixed(5));
  const line = (name: string, error: string, ofLabels: string, logLoss: string) =>
    `${name.padEnd(34)}${error.padStart(9)}${ofLabels.padStart(19)}${logLoss.padStart(12)}\n`;
  const shown = { before: figures(scoresFromOutputs(logits, 1, before)), held: held && figures(held) };
  return [
    line('', 'ECE %', 'mean of labels %', 'log loss'),
    row('before', shown.before),
    row('after', figures(scoresFromOutputs(logits, 1, after))),
    shown.held ? row('after, cross-fitted', shown.held) : '',
    'ECE: expected calibration error over all decisions, in 10 score intervals; mean of labels: the mean of the ECE of each label.\n',
    held ? 'Last row: each half of the images is calibrated with a fit on the other half.\n' : '',
    // A former calibration may have seen these very images: then there is nothing fair to compare with.
    !before && shown.held && shown.held.logLoss >= shown.before.logLoss
      ? 'On images that it was not fitted on, it does not lower the log loss: fit it on more images, or go on without it.\n'
      : '',
  ].join('');
}

function told(fitted: Calibration | PlattCalibration, names: readonly string[]): string {
  if (fitted.method === 'temperature')
    return `temperature ${(1 / fitted.slopes[0]).toFixed(4)} for all labels\n`;
  const shared = 'shared' in fitted ? fitted.shared.length : 0;
  return `a slope and an offset for each of ${names.length} labels${
    shared > 0
      ? `; ${shared} of them share a common fit: they have fewer than ${FEW_POSITIVES} images with or without the label, or higher outputs do not make the label more likely`
      : ''
  }\n`;
}

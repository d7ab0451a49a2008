import {
  checkedBatches,
  DataError,
  InterruptedError,
  UsageError,
  type BatchSource,
  type LabelVocabulary,
} from '@polytag/core';
import {
  assertNumbers,
  evaluateScores,
  scoresFromOutputs,
  scoreTable,
  type Evaluation,
  type ScoreTable,
} from '@polytag/metrics';
import type { MultiLabelModel } from '@polytag/model';
import { mirrorImages } from './mirror-images.js';
import { inputShapeOf, networkFor, type ModelNetworks } from './network-for.js';
import { concatenate, predictorOf, type Predictor } from './predictor.js';

/** A model to evaluate. It needs networks unless `makePredictor` is given. */
export interface LabellingModel extends Partial<ModelNetworks> {
  readonly labels: LabelVocabulary;
  /** For errors that name your own parts. */
  readonly ownParts?: MultiLabelModel['ownParts'];
}

/** Outputs of a model on a data set, with the targets. N images, K labels. */
export interface ModelOutputs {
  /** [N, K] raw outputs of the head: not scaled, no sigmoid. */
  readonly outputs: Float32Array;
  /** [N, K] raw outputs of the mirror images, if requested. */
  readonly mirrored?: Float32Array;
  /** [N, K] */
  readonly targets: Float32Array;
  /** N */
  readonly images: number;
}

export interface EvaluateOptions {
  /** Stops the evaluation between two batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images done. */
  readonly report?: (images: number) => void;
  /** Creates the object that computes the outputs. Default: the model runs on this thread. */
  readonly makePredictor?: () => Predictor;
  /** Whether to run the model on the mirror image of each image too, mirrored after the resize. Default false. */
  readonly mirror?: boolean;
}

/**
 * Computes the raw outputs of a model for one epoch of a source, in its order. The model runs in inference mode with
 * batch norm folded. If the source has cached feature maps, only the head runs.
 *
 * @throws DataError `data/labels-differ` if model and data have different labels
 * @throws UsageError `usage/no-mirror-image` if mirror images of feature maps are requested
 * @throws PartError `part/batch` if the source yields no batches, or invalid ones
 * @throws InterruptedError `training/interrupted` if the signal is aborted
 */
export async function modelOutputs(
  model: LabellingModel,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<ModelOutputs> {
  const { signal, report, mirror = false } = options;
  const { makePredictor = () => predictorOf(networkFor(model, source.kind)) } = options;
  if (mirror && source.kind !== 'images') {
    throw new UsageError('usage/no-mirror-image', 'Feature maps cannot be mirrored for this head.', {
      hint: 'Use images instead of feature maps.',
    });
  }
  if (!model.labels.equals(source.labels)) {
    throw new DataError(
      'data/labels-differ',
      `Label mismatch: the model has ${model.labels.size} labels, the data ${source.labels.size}.`,
      {
        hint: `Use the label file that the model was trained with, or the same "classes" in this one. ${differingLabels(model.labels.names, source.labels.names)}`,
      },
    );
  }
  const outputs: Float32Array[] = [];
  const mirrored: Float32Array[] = [];
  const targets: Float32Array[] = [];
  let images = 0;
  const predictor = makePredictor();
  try {
    const imageShape = inputShapeOf(model, source.kind);
    for await (const batch of checkedBatches(source, { role: 'evaluation', epoch: 0, imageShape })) {
      if (signal?.aborted) throw new InterruptedError('training/interrupted', 'Evaluation was stopped.');
      outputs.push(await predictor.predict(batch));
      if (mirror) mirrored.push(await predictor.predict(mirrorImages(batch)));
      targets.push(Float32Array.from(batch.targets));
      images += batch.shape[0];
      report?.(images);
    }
  } finally {
    predictor.dispose();
  }
  return {
    outputs: concatenate(outputs),
    ...(mirror && { mirrored: concatenate(mirrored) }),
    targets: concatenate(targets),
    images,
  };
}

/** Metrics of a model on a data set, and the scores of each image. */
export interface EvaluatedScores {
  /** Probabilities and targets, in the order of the source. */
  readonly table: ScoreTable;
  readonly evaluation: Evaluation;
}

/** A model with the scale that converts its outputs to probabilities. */
export interface ScoredModel extends LabellingModel {
  /** Probability = sigmoid(scale · output). */
  readonly scale: number;
  readonly calibration?: MultiLabelModel['calibration'];
}

/**
 * Like `evaluate`, but also returns the scores. Errors as `modelOutputs` and `evaluateScores`.
 *
 * @throws PartError `part/not-finite` if your own head or backbone gives NaN
 */
export async function evaluateKeepingScores(
  model: ScoredModel,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<EvaluatedScores> {
  const { outputs, targets, images } = await modelOutputs(model, source, options);
  const { scale, labels, calibration, ownParts } = model;
  if (ownParts !== undefined) assertNumbers(outputs, labels, ownParts);
  const table = scoreTable(scoresFromOutputs(outputs, scale, calibration), targets, {
    images,
    classes: labels.size,
  });
  return { table, evaluation: evaluateScores({ ...table, labels: labels.names }) };
}

/**
 * Evaluates a model on a data set and returns all metrics. Errors as `modelOutputs` and `evaluateScores`.
 *
 * @example
 * const dataset = await readLabelFile('photos/val.json');
 * const source = openLoader(dataset, { preprocessing: model.preprocessing, batchSize: 16 });
 * const { mAP } = await evaluate(model, source);
 */
export async function evaluate(
  model: ScoredModel,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<Evaluation> {
  return (await evaluateKeepingScores(model, source, options)).evaluation;
}

/** Labels that one side alone has, a few of each. */
function differingLabels(ofModel: readonly string[], ofData: readonly string[]): string {
  const only = (names: readonly string[], others: readonly string[]) => {
    const known = new Set(others);
    const found = names.filter((name) => !known.has(name));
    const shown = found.slice(0, 3).map((name) => `"${name}"`);
    return found.length === 0
      ? 'none'
      : shown.join(', ') + (found.length > 3 ? ` and ${found.length - 3} more` : '');
  };
  return `Only in the model: ${only(ofModel, ofData)}; only in the data: ${only(ofData, ofModel)}.`;
}

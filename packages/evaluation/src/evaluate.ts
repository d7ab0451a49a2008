import {
  checkedBatches,
  DataError,
  InterruptedError,
  UsageError,
  type BatchSource,
  type LabelVocabulary,
} from '@polytag/core';
import {
  evaluateScores,
  scoresFromOutputs,
  scoreTable,
  type Evaluation,
  type ScoreTable,
} from '@polytag/metrics';
import type { MultiLabelModel } from '@polytag/model';
import { mirrorImages } from './mirror-images.js';
import { networkFor, type ModelNetworks } from './network-for.js';
import { concatenate, predictorOf, type Predictor } from './predictor.js';

/** A model that gives a number for each of its labels. It has networks unless `makePredictor` computes. */
export interface LabellingModel extends Partial<ModelNetworks> {
  readonly labels: LabelVocabulary;
}

/** The outputs of a model on a data set, with the targets. N images, K labels. */
export interface ModelOutputs {
  /** [N, K] raw outputs of the head: not scaled, no sigmoid. */
  readonly outputs: Float32Array;
  /** [N, K], of the mirror images, where they were asked for. */
  readonly mirrored?: Float32Array;
  /** [N, K] */
  readonly targets: Float32Array;
  /** N */
  readonly images: number;
}

export interface EvaluateOptions {
  /** Stops between two batches. */
  readonly signal?: AbortSignal;
  /** Called after each batch with the number of images done. */
  readonly report?: (images: number) => void;
  /** Makes what computes the outputs. Default: the model runs on this thread. */
  readonly makePredictor?: () => Predictor;
  /** Also runs the model on each image with its columns in reverse order, after it was resized. Default false. */
  readonly mirror?: boolean;
}

/**
 * Runs a model over one epoch of a source, in the source's order: in inference mode, with its batch norms folded. Where
 * the source gives cached feature maps, only the head runs.
 *
 * @throws DataError `data/labels-differ` when model and data have different labels
 * @throws UsageError `usage/no-mirror-image` when mirror images of feature maps are asked for
 * @throws PartError `part/batch` when the source gives nothing, or something else than batches
 * @throws InterruptedError `training/interrupted` when the signal is given
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
    for await (const batch of checkedBatches(source, { role: 'evaluation', epoch: 0 })) {
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

/** What a model says of each image of a data set, and all metrics of it. */
export interface EvaluatedScores {
  /** Probabilities beside what is true, in the order of the source. */
  readonly table: ScoreTable;
  readonly evaluation: Evaluation;
}

/** A model whose outputs are made probabilities. */
export interface ScoredModel extends LabellingModel {
  /** Probability = sigmoid(scale · output). */
  readonly scale: number;
  readonly calibration?: MultiLabelModel['calibration'];
}

/** As `evaluate`, and keeps the scores. Errors as `modelOutputs` and `evaluateScores`. */
export async function evaluateKeepingScores(
  model: ScoredModel,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<EvaluatedScores> {
  const { outputs, targets, images } = await modelOutputs(model, source, options);
  const { scale, labels, calibration } = model;
  const table = scoreTable(scoresFromOutputs(outputs, scale, calibration), targets, {
    images,
    classes: labels.size,
  });
  return { table, evaluation: evaluateScores({ ...table, labels: labels.names }) };
}

/** All metrics of a model on a data set. Errors as `modelOutputs` and `evaluateScores`. */
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

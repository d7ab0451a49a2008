import { checkedBatches, DataError, InterruptedError, type BatchSource } from '@polytag/core';
import {
  evaluateScores,
  scoresFromOutputs,
  scoreTable,
  type Evaluation,
  type ScoreTable,
} from '@polytag/metrics';
import type { MultiLabelModel } from '@polytag/model';
import { networkFor, type NetworkHolder } from './network-for.js';
import { concatenate, predictorOf, type Predictor } from './predictor.js';

/** The outputs of a model on a data set, with the targets. N images, K labels. */
export interface ModelOutputs {
  /** [N, K] raw outputs of the head: not scaled, no sigmoid. */
  readonly outputs: Float32Array;
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
}

/**
 * Runs a model over one epoch of a source, in the source's order: in inference mode, with its batch norms folded. Where
 * the source gives cached feature maps, only the head runs.
 *
 * @throws DataError `data/labels-differ` when model and data have different labels
 * @throws PartError `part/batch` when the source gives nothing, or something else than batches
 * @throws InterruptedError `training/interrupted` when the signal is given
 */
export async function modelOutputs(
  model: NetworkHolder & Pick<MultiLabelModel, 'labels'>,
  source: BatchSource,
  options: EvaluateOptions = {},
): Promise<ModelOutputs> {
  const { signal, report, makePredictor = () => predictorOf(networkFor(model, source.kind)) } = options;
  if (!model.labels.equals(source.labels)) {
    throw new DataError(
      'data/labels-differ',
      `The model knows ${model.labels.size} labels, the data ${source.labels.size}, and they are not the same.`,
      {
        hint: 'Evaluate with data that has the labels the model was trained for.',
      },
    );
  }
  const outputs: Float32Array[] = [];
  const targets: Float32Array[] = [];
  let images = 0;
  const predictor = makePredictor();
  try {
    for await (const batch of checkedBatches(source, { role: 'evaluation', epoch: 0 })) {
      if (signal?.aborted) throw new InterruptedError('training/interrupted', 'Evaluation was stopped.');
      outputs.push(await predictor.predict(batch));
      targets.push(Float32Array.from(batch.targets));
      images += batch.shape[0];
      report?.(images);
    }
  } finally {
    predictor.dispose();
  }
  return { outputs: concatenate(outputs), targets: concatenate(targets), images };
}

/** What a model says of each image of a data set, and all metrics of it. */
export interface EvaluatedScores {
  /** Probabilities beside what is true, in the order of the source. */
  readonly table: ScoreTable;
  readonly evaluation: Evaluation;
}

/** A model as far as its scores are concerned. */
export type ScoredModel = NetworkHolder &
  Pick<MultiLabelModel, 'labels' | 'scale'> &
  Partial<Pick<MultiLabelModel, 'calibration'>>;

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

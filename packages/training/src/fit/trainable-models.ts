import { UsageError, validate, type BatchSource, type Loss } from '@polytag/core';
import { networkFor } from '@polytag/evaluation';
import { variableOf, type Parameter } from '@polytag/layers';
import { assertSameSpace, ownTitle, type MultiLabelModel } from '@polytag/model';
import { freezingFrom } from '../freezing/freezing.js';
import { headOnly } from '../freezing/head-only.js';
import { layerDecayOf } from '../freezing/layer-decay.js';
import { rateFactorOf } from '../freezing/select-parameters.js';
import { parameterGroups } from '../optimisers/parameter-groups.js';
import { outerOptimiser } from '../rounds/outer-step.js';
import { optimiserFrom, scheduleFrom } from '../settings/from-settings.js';
import { heapBytes } from '../settings/heap-bytes.js';
import {
  modelTrainingSchema,
  type ModelTrainingSettings,
  type ModelTrainingInput,
  type TrainingSettings,
} from '../settings/training-settings.js';
import { largestMicroBatch } from '../step/micro-batch.js';
import { forwardOf, notFiniteOf, trainableModel, type TrainableModel } from '../step/trainable-model.js';

/** A model in mutual learning with the main model of a run. */
export interface AuxiliaryModel {
  /**
   * Must have the labels and image size of the main model, because both get the same batch. Images are converted to its
   * backbone's normalisation. Trained in place.
   */
  readonly model: MultiLabelModel;
  /** Settings that differ from the run's. */
  readonly settings?: ModelTrainingInput;
}

/** What the models of a run learn from and with. */
export interface ModelsOptions {
  readonly model: MultiLabelModel;
  readonly auxiliary?: readonly AuxiliaryModel[];
  readonly loss: Loss;
  readonly train: BatchSource;
}

/** The models of a run, the main one first. */
export const modelsOf = ({ model, auxiliary = [] }: ModelsOptions): MultiLabelModel[] => [
  model,
  ...auxiliary.map((one) => one.model),
];

/** Layers that the main model freezes are its own. */
const NOTHING_FROZEN = { freeze: [], freezeEpochs: 0, rateFactors: {}, layerDecay: 1 };

const settingsPath = (index: number): string =>
  index === 0 ? 'training' : `mutual.models.${index - 1}.training`;

/**
 * The settings of each model, the main one's first: those of the run, and for auxiliary models their own before them.
 *
 * @throws UsageError `usage/space-mismatch`; `usage/auxiliary-differs` when an auxiliary model has other labels or images
 *   of another size; `usage/mutual-passes` when some of the models use SAM and others do not; those of `headOnly`; or a
 *   fault of its settings
 */
export function settingsOfModels(
  { model, auxiliary = [], loss, train }: ModelsOptions,
  settings: TrainingSettings,
): ModelTrainingSettings[] {
  const given = modelTrainingSchema.parse(
    Object.fromEntries(
      Object.keys(modelTrainingSchema.shape).map((key) => [
        key,
        settings[key as keyof ModelTrainingSettings],
      ]),
    ),
  );
  const main = headOnly(
    given,
    train.kind,
    [model, ...auxiliary.map((one) => one.model)].map(({ backbone }) => backbone),
  );
  const others = auxiliary.map((one, i) => {
    const path = settingsPath(i + 1);
    checkAuxiliary(one.model, model, loss, i);
    const merged = validate(
      modelTrainingSchema,
      { ...main, ...NOTHING_FROZEN, ...one.settings },
      { source: 'settings', path },
    );
    if (Boolean(merged.sam) === Boolean(main.sam)) return merged;
    throw new UsageError(
      'usage/mutual-passes',
      `${path}.sam: either all models that learn from each other use SAM, or none.`,
      {
        hint: 'Set sam for all of them or for none; the radius may differ.',
      },
    );
  });
  return [main, ...others];
}

/**
 * The models of a run with their optimisers and schedules, the main one first. The caller disposes the optimisers.
 *
 * @throws UsageError those of `settingsOfModels`; `usage/unknown-layer`, `usage/all-frozen`
 */
export function trainableModels(options: ModelsOptions, settings: TrainingSettings): TrainableModel[] {
  const { model: main, train } = options;
  const { epochs, learningRate, machines } = settings;
  const own = settingsOfModels(options, settings);
  return modelsOf(options).map((model, i) => {
    const { weightDecay, noBiasDecay, clipGradient, rateFactors, layerDecay } = own[i];
    const [named, decayed] = [rateFactorOf(model, rateFactors), layerDecayOf(model, layerDecay)];
    const freezing = freezingFrom(model, own[i], settingsPath(i));
    const groups = parameterGroups(model.parameters, {
      weightDecay,
      noBiasDecay,
      frozen: freezing.always.parameters,
      rateFactor: (key) => named(key) * decayed(key),
    });
    return trainableModel({
      forward: forwardOf(model, train.kind, main),
      firstNotFinite: notFiniteOf(model, train.kind, main),
      scale: model.scale,
      own: ownTitle(model),
      // By rounds, the models here take outer steps; those of the shares are elsewhere.
      optimiser: machines ? outerOptimiser(machines, groups) : optimiserFrom(own[i]).bind(groups),
      clipGradient,
      schedule: scheduleFrom({ ...own[i], epochs, learningRate }, train.batchesPerEpoch),
      freezing,
    });
  });
}

function checkAuxiliary(auxiliary: MultiLabelModel, main: MultiLabelModel, loss: Loss, index: number): void {
  assertSameSpace(auxiliary.head, loss);
  const size = ({ preprocessing: { height, width } }: MultiLabelModel) => `${height} x ${width}`;
  const sameLabels = auxiliary.labels.equals(main.labels);
  if (sameLabels && size(auxiliary) === size(main)) return;
  throw new UsageError(
    'usage/auxiliary-differs',
    `Auxiliary model ${index + 1} has ` +
      (sameLabels
        ? `images of ${size(auxiliary)} pixels, but the main model has ${size(main)}.`
        : 'other labels than the main model.'),
    {
      hint: 'All models of a run use the same batches: build them for the same labels and image size.',
    },
  );
}

/** Gradients added up, gradients clipped, and the weights that SAM keeps while it looks ahead. */
const COPIES_OF_A_STEP = 3;

/**
 * The micro-batch that `auto` stands for; see `largestMicroBatch`.
 *
 * @param share images that one replica gets of a batch
 */
export async function microBatchFor(
  options: ModelsOptions,
  networks: readonly TrainableModel[],
  { share, settings: { maxHeap, ema } }: { share: number; settings: TrainingSettings },
): Promise<number> {
  const { model, train } = options;
  const bytes = (parameters: readonly Parameter[]) =>
    4 * parameters.map(variableOf).reduce((sum, { size }) => sum + size, 0);
  const [, ...shape] = networkFor(model, train.kind).inputs[0].shape as number[];
  const parameters = modelsOf(options).flatMap((one) => one.parameters);
  return largestMicroBatch({
    networks,
    share,
    buffers: parameters.filter(({ buffer }) => buffer).map(variableOf),
    shape,
    labels: model.labels.size,
    maxHeap: heapBytes(maxHeap),
    beside:
      COPIES_OF_A_STEP * bytes(networks.flatMap(({ learned }) => learned)) +
      (ema ? bytes(model.parameters) : 0),
  });
}

import type { Tensor2D, Variable } from '@tensorflow/tfjs-core';
import { UsageError, validate, type BatchSource, type Loss } from '@polytag/core';
import { forward, type Network } from '@polytag/layers';
import { composes, ownTitle, type MultiLabelModel } from '@polytag/model';
import { freezingFrom, type Freezing } from '../freezing/freezing.js';
import { networkFor } from '@polytag/evaluation';
import { ownPixels, type Renormalise } from '../network/renormalise.js';
import { headOnly } from '../freezing/head-only.js';
import { rateFactorOf } from '../freezing/rate-factor.js';
import { restrictOptimiser } from '../freezing/restrict-optimiser.js';
import { parameterGroups, variableOf } from '../groups/parameter-groups.js';
import type { Schedule } from '../schedules/schedule.js';
import { optimiserFrom, scheduleFrom } from '../settings/from-settings.js';
import { heapBytes } from '../settings/heap-bytes.js';
import {
  learnerSettingsSchema,
  type LearnerSettings,
  type LearnerSettingsInput,
  type TrainingSettings,
} from '../settings/training-settings.js';
import { largestMicroBatch } from '../step/micro-batch.js';
import { variablesOf, type Learner } from '../step/train-step.js';
import type { FitOptions } from './fit.js';

/** A model that learns beside the one that a run is about, and that the latter learns from. */
export interface AuxiliaryModel {
  /**
   * With the labels and the image size of the main model: both see the same batch. Pixels that its backbone wants
   * normalised otherwise are changed on the way to it. Trained in place.
   */
  readonly model: MultiLabelModel;
  /** Where it differs from the run's settings. */
  readonly settings?: LearnerSettingsInput;
}

/** A model of a run, with what moves it. */
export interface ModelLearner extends Learner {
  readonly model: MultiLabelModel;
  /** What learns of it: all of it, or its head where batches hold feature maps. */
  readonly network: Network;
  /** From the pixels of a batch, which are the main model's, to its own. */
  readonly renormalise: Renormalise;
  readonly settings: LearnerSettings;
  readonly schedule: Schedule;
  readonly freezing: Freezing;
}

/** A learner as it learns in an epoch (counted from 0): what is frozen then gets no gradient and waits. */
export function learningIn(
  { network, renormalise, freezing, ...learner }: ModelLearner,
  epoch: number,
): Learner {
  const { parameters, batchNorms: frozenBatchNorms } = freezing.during(epoch);
  return {
    ...learner,
    forward: (images, call) =>
      forward(network, renormalise(images), { ...call, frozenBatchNorms }) as Tensor2D,
    optimiser: restrictOptimiser(learner.optimiser, parameters),
  };
}

function modelLearner(
  model: MultiLabelModel,
  settings: LearnerSettings,
  { epochs, learningRate }: Pick<TrainingSettings, 'epochs' | 'learningRate'>,
  {
    path,
    content,
    batchesPerEpoch,
    renormalise,
  }: Pick<BatchSource, 'content' | 'batchesPerEpoch'> & Pick<ModelLearner, 'renormalise'> & { path: string },
): ModelLearner {
  const network = networkFor(model, content);
  const freezing = freezingFrom(model, settings, path);
  const { weightDecay, noBiasDecay } = settings;
  const frozen = freezing.always.parameters;
  const rateFactor = rateFactorOf(model, settings.rateFactors);
  const groups = parameterGroups(model.parameters, { weightDecay, noBiasDecay, frozen, rateFactor });
  return {
    ...{ model, network, renormalise, settings, freezing },
    forward: (images, call) => forward(network, renormalise(images), call) as Tensor2D,
    scale: model.scale,
    own: ownTitle(model),
    optimiser: optimiserFrom(settings).bind(groups),
    clipGradient: settings.clipGradient,
    schedule: scheduleFrom({ ...settings, epochs, learningRate }, batchesPerEpoch),
  };
}

/** Layers that the main model freezes are its own. */
const NOTHING_FROZEN = { freeze: [], freezeEpochs: 0, rateFactors: {} };

/**
 * The models of a run with their optimisers and schedules, the main one first.
 *
 * @throws UsageError `usage/space-mismatch`; `usage/auxiliary-differs` when an auxiliary model has other labels or images of another size;
 *   `usage/mutual-passes` when some of the models use SAM and others do not; `usage/unknown-layer`, `usage/all-frozen`; those of `headOnly`; or a fault of its settings
 */
export function learnersOf(
  { model, auxiliary = [], loss, train }: Pick<FitOptions, 'model' | 'auxiliary' | 'loss' | 'train'>,
  settings: TrainingSettings,
): ModelLearner[] {
  const given = learnerSettingsSchema.parse(
    Object.fromEntries(
      Object.keys(learnerSettingsSchema.shape).map((key) => [key, settings[key as keyof LearnerSettings]]),
    ),
  );
  const { content, batchesPerEpoch } = train;
  const main = headOnly(given, content, auxiliary.length);
  const own = auxiliary.map((one, i) => {
    const path = `mutual.models.${i}.training`;
    checkAuxiliary(one.model, model, loss, i);
    const merged = validate(
      learnerSettingsSchema,
      { ...main, ...NOTHING_FROZEN, ...one.settings },
      { source: 'settings', path },
    );
    if (Boolean(merged.sam) === Boolean(main.sam)) return { model: one.model, settings: merged, path };
    throw new UsageError(
      'usage/mutual-passes',
      `${path}.sam: models that learn from each other must all use SAM, or none of them.`,
      {
        hint: 'Set sam alike for all of them; its radius may differ.',
      },
    );
  });
  return [{ model, settings: main, path: 'training' }, ...own].map((one) =>
    modelLearner(one.model, one.settings, settings, {
      ...{ content, batchesPerEpoch, path: one.path },
      renormalise: ownPixels(model, one.model),
    }),
  );
}

function checkAuxiliary(auxiliary: MultiLabelModel, main: MultiLabelModel, loss: Loss, index: number): void {
  composes(auxiliary.head, loss);
  const size = ({ preprocessing: { height, width } }: MultiLabelModel) => `${height} x ${width}`;
  const sameLabels = auxiliary.labels.equals(main.labels);
  if (sameLabels && size(auxiliary) === size(main)) return;
  throw new UsageError(
    'usage/auxiliary-differs',
    `Auxiliary model ${index + 1} has ` +
      (sameLabels
        ? `images of ${size(auxiliary)} pixels, the main model of ${size(main)}.`
        : 'other labels than the main model.'),
    {
      hint: 'All models of a run learn from the same batch: build them for the same labels and image size.',
    },
  );
}

/** Gradients added up, gradients clipped, and the weights that SAM keeps while it looks ahead. */
const COPIES_OF_A_STEP = 3;

/** The micro-batch that `auto` stands for; see `largestMicroBatch`. */
export async function microBatchFor(
  learners: readonly ModelLearner[],
  { share, settings }: { share: number; settings: Pick<TrainingSettings, 'maxHeap' | 'ema'> },
): Promise<number> {
  const bytes = (variables: readonly Variable[]) => 4 * variables.reduce((sum, { size }) => sum + size, 0);
  const [{ model, network }] = learners;
  const [, height, width, channels] = network.inputs[0].shape as number[];
  const networks = learners.map((learner) => ({ ...learner, variables: variablesOf(learner.optimiser) }));
  const ofModel = model.parameters.map(variableOf);
  return largestMicroBatch({
    ...{ networks, share },
    buffers: learners.flatMap((learner) =>
      learner.model.parameters.filter(({ buffer }) => buffer).map(variableOf),
    ),
    ...{ height, width, channels },
    labels: model.labels.size,
    maxHeap: heapBytes(settings.maxHeap),
    beside:
      COPIES_OF_A_STEP * bytes(networks.flatMap(({ variables }) => variables)) +
      (settings.ema ? bytes(ofModel) : 0),
  });
}

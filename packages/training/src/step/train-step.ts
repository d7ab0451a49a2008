import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import { DivergenceError, UsageError, type Examples, type Loss } from '@polytag/core';
import { squaredNorm } from '@polytag/engine';
import { variableOf } from '@polytag/layers';
import type { Frozen } from '../freezing/freezing.js';
import { clipGradients } from '../optimisers/clip-gradients.js';
import type { Gradients, StepRates } from '../optimisers/optimiser.js';
import { addLosses, gradientsOf, wholeBatchOf, type LossTerms, type WholeBatch } from './gradients.js';
import type { Reduction } from './loss-value.js';
import type { TrainableModel } from './trainable-model.js';

export interface StepOptions {
  readonly loss: Loss;
  readonly reduction: Reduction;
  /** Learning rate of all models at a schedule factor of 1. */
  readonly learningRate: number;
  /** Epoch of the step, from 0. Determines frozen layers, and losses that change over the run. Default 0. */
  readonly epoch?: number;
  /** Number of earlier steps. Determines schedules and dropout masks; both passes of SAM have the same masks. */
  readonly step: number;
  /** Maximum number of images computed at once. Default: the whole batch. */
  readonly microBatch?: number;
  /** Threads that share the batch. Default: none. */
  readonly replicas?: BatchSharing;
}

/** Where a run is. */
export interface StepPlace {
  /** From 0. */
  readonly epoch: number;
  /** Steps taken before this one. */
  readonly step: number;
}

/** Other threads with the same networks, which compute gradients on shares of a batch. */
export interface BatchSharing {
  /** @param frozen what of each network is frozen in this step */
  divide(batch: Examples, place: StepPlace, frozen?: readonly Frozen[]): SharedBatch;
}

/** A batch that was shared out. */
export interface SharedBatch {
  /** The share of this thread. */
  readonly own: Examples;
  /** Starts a pass of the step on the other threads, with the networks' weights as they are now. */
  begin(): PendingGradients;
}

export interface PendingGradients {
  /**
   * Waits for the others, adds their gradients to `own` in a fixed order, and gives the losses of each of them, network
   * by network, in that order.
   *
   * @throws EngineError when one of them has failed
   */
  addTo(own: Map<Variable, Tensor>): Promise<readonly (readonly LossTerms[])[]>;
}

/** Result of a step for one model. */
export interface StepResult {
  /**
   * Reduced loss of the last pass, without the mutual learning term. With SAM it is the loss at the perturbed weights.
   */
  readonly loss: number;
  /** The mutual-learning term of the last pass; 0 for a single model. */
  readonly mutual: number;
  /** Global norm of the gradient of the first pass, before clipping. */
  readonly gradientNorm: number;
  /** Whether the step was skipped for all models because a gradient was NaN or infinite. */
  readonly skipped: boolean;
  /** Learning rate of this step, before group factors. */
  readonly learningRate: number;
}

/**
 * Runs one training step of one model, or of several in mutual learning (docs/method.md#training-step). In each pass,
 * all networks run forward first. Then each gets the gradient of its own loss plus the mean divergence from the others,
 * whose outputs are constants, and each optimiser updates its weights. With `microBatch`, gradients are accumulated
 * over the whole batch, but batch norm sees one micro-batch at a time, as with gradient accumulation in PyTorch. No
 * tensors are left behind.
 *
 * If a gradient is NaN or infinite, in either pass of SAM, the step is skipped: weights and optimisers are unchanged,
 * but running statistics are updated. (The authors' code skips in the first pass only; in the second it leaves the
 * weights perturbed.)
 *
 * @returns one result per model
 * @throws DivergenceError `training/diverged` if a loss is NaN or infinite; weights are as after a skipped step
 * @throws UsageError `usage/mutual-passes` if some models use SAM and others do not
 */
export async function trainStep(
  models: readonly TrainableModel[],
  batch: Examples,
  options: StepOptions,
): Promise<StepResult[]> {
  const { passes } = models[0].optimiser;
  if (models.some(({ optimiser }) => optimiser.passes !== passes)) {
    throw new UsageError(
      'usage/mutual-passes',
      'Either all networks that learn from each other use SAM, or none.',
    );
  }
  const { epoch = 0, step, learningRate, replicas } = options;
  const frozen = models.map(({ freezing }) => freezing.during(epoch));
  const rates = models.map(({ schedule }) => {
    const { factor, momentum } = schedule.at(step);
    return { learningRate: learningRate * factor, momentum };
  });
  const pass = {
    models,
    batch,
    ofWhole: placeInWhole(batch),
    shared: replicas?.divide(batch, { epoch, step }, frozen),
    frozen,
    rates,
    options,
  };
  let results: StepResult[] = [];
  let isDone = false;
  try {
    for (let number = 0; number < passes && !results[0]?.skipped; number++) {
      results = await onePass(pass, number, results);
    }
    isDone = !results[0].skipped;
  } finally {
    if (!isDone) models.forEach(({ optimiser }) => optimiser.abandon());
  }
  return results;
}

/** What is the same in all passes of a step. */
interface StepPasses {
  readonly models: readonly TrainableModel[];
  readonly batch: Examples;
  readonly ofWhole: PlaceInWhole;
  readonly shared?: SharedBatch;
  readonly frozen: readonly Frozen[];
  readonly rates: readonly StepRates[];
  readonly options: StepOptions;
}

/** What a batch is of the whole one that its step is about. */
export interface PlaceInWhole {
  readonly wholeBatch: WholeBatch;
  readonly batchOffset: number;
  readonly lossFactor: number;
}

/**
 * A share that machines train on stands for its whole batch: what it adds to the loss of the whole, times the whole's images
 * over its own. So the mean over the shares, each by its images, is the loss of the whole (docs/method.md#machines).
 */
export function placeInWhole(batch: Examples): PlaceInWhole {
  const { part, shape } = batch;
  return {
    wholeBatch: wholeBatchOf(batch),
    batchOffset: part?.before ?? 0,
    lossFactor: part ? part.images / shape[0] : 1,
  };
}

async function onePass(
  { models, batch, ofWhole, shared, frozen, rates, options }: StepPasses,
  pass: number,
  before: readonly StepResult[],
): Promise<StepResult[]> {
  // Gradients: on this thread and, at the same time, on the others.
  const pending = shared?.begin();
  const { gradients, losses: first } = await gradientsOf(models, shared?.own ?? batch, {
    loss: options.loss,
    reduction: options.reduction,
    epoch: options.epoch,
    step: options.step,
    microBatch: options.microBatch,
    ...ofWhole,
    frozen,
  });
  let own: Map<Variable, Tensor>[] = [];
  try {
    const losses = ((await pending?.addTo(gradients)) ?? []).reduce<LossTerms[]>(addLosses, first);
    own = models.map((model) => ofModel(gradients, model));
    const norms = await Promise.all(own.map(normOf));
    // Nothing moves on a loss or a gradient that is not finite.
    losses.forEach((sum, i) => checkFinite(sum, rates[i], options.step));
    const skipped = !norms.every(Number.isFinite);
    const results = losses.map(({ loss, mutual }, i) => ({
      loss,
      mutual,
      gradientNorm: before[i]?.gradientNorm ?? norms[i],
      skipped,
      learningRate: rates[i].learningRate,
    }));
    if (skipped) return results;
    // Weights: SAM climbs in the first pass and moves in the second.
    for (const [i, { optimiser, clipGradient }] of models.entries()) {
      if (pass === 0) clipGradients(own[i], norms[i], clipGradient);
      await optimiser.apply(pass, own[i], rates[i]);
    }
    return results;
  } finally {
    // Clipping may have put other tensors in the place of some.
    for (const held of [gradients, ...own]) held.forEach((gradient) => gradient.dispose());
  }
}

const normOf = async (gradients: Gradients): Promise<number> =>
  Math.sqrt(await squaredNorm([...gradients.values()]));

function ofModel(gradients: Gradients, { learned }: TrainableModel): Map<Variable, Tensor> {
  const own = learned.map(variableOf).filter((variable) => gradients.has(variable));
  return new Map(own.map((variable) => [variable, gradients.get(variable)!]));
}

function checkFinite({ loss, mutual }: LossTerms, { learningRate }: StepRates, step: number): void {
  const total = loss + mutual;
  if (Number.isFinite(total)) return;
  throw new DivergenceError(
    'training/diverged',
    `Training diverged in step ${step + 1}: the loss is ${total} at learning rate ${learningRate}.`,
    {
      hint: 'Lower the learning rate, or clip gradients. Saved checkpoints are intact.',
    },
  );
}

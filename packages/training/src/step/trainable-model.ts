import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core';
import type { layers } from '@tensorflow/tfjs-layers';
import type { InputKind, Preprocessing } from '@polytag/core';
import { networkFor, predictorOf, type ModelNetworks, type Predictor } from '@polytag/evaluation';
import { firstNotFinite, forward, type Parameter } from '@polytag/layers';
import { neverFrozen, type Freezing } from '../freezing/freezing.js';
import type { BoundOptimiser } from '../optimisers/optimiser.js';
import { constant, type Schedule } from '../schedules/schedule.js';
import { renormalisation } from './renormalise.js';

/** What decides the result of a pass in training mode, besides inputs and weights. */
export interface TrainingCall {
  readonly training: true;
  /** Steps taken before this one: decides dropout masks. */
  readonly step: number;
  /** Images of the step's batch before those of this call. Default 0. */
  readonly batchOffset?: number;
  /** Names of batch norms that use their running statistics and leave them alone. Default: none. */
  readonly frozenBatchNorms?: ReadonlySet<string>;
}

/** A network that gradients are computed of: what a replica has of a model that learns. */
export interface TrainableNetwork {
  /** Runs the network in training mode, [B, …] to [B, K]; recorded on the tape. */
  forward(inputs: Tensor, call: TrainingCall): Tensor2D;
  /** What turns outputs into logits. */
  readonly scale: number;
  /** The parameters that it learns, those included that are frozen for some epochs only. */
  readonly learned: readonly Parameter[];
  /** The user's own parts in it, for errors: see `partTitle`. */
  readonly own?: string;
}

/** A network in training, with its optimiser and schedule. */
export interface TrainableModel extends TrainableNetwork {
  /** The layer that NaN or infinite outputs of `forward` come from; see `firstNotFinite` of @polytag/layers. */
  readonly firstNotFinite?: (inputs: Tensor, call: TrainingCall) => Promise<layers.Layer | undefined>;
  readonly optimiser: BoundOptimiser;
  /** Maximum global gradient norm in the first pass of a step; 0 is off. */
  readonly clipGradient: number;
  readonly schedule: Schedule;
  readonly freezing: Freezing;
}

export interface TrainableModelOptions {
  readonly forward: TrainableModel['forward'];
  readonly firstNotFinite?: TrainableModel['firstNotFinite'];
  readonly scale: number;
  readonly own?: string;
  /** Bound to all that the network learns. */
  readonly optimiser: BoundOptimiser;
  /** Default 0. */
  readonly clipGradient?: number;
  /** Default: constant. */
  readonly schedule?: Schedule;
  /** Default: nothing is frozen. */
  readonly freezing?: Freezing;
}

/** Combines a network with its optimiser and schedule. */
export function trainableModel({
  forward,
  firstNotFinite,
  scale,
  own,
  optimiser,
  clipGradient = 0,
  schedule = constant(),
  freezing = neverFrozen,
}: TrainableModelOptions): TrainableModel {
  const learned = optimiser.groups.flatMap(({ parameters }) => parameters);
  return { forward, firstNotFinite, scale, learned, own, optimiser, clipGradient, schedule, freezing };
}

/** A model as far as a run computes with it: what a replica builds. On feature maps with its `headNetwork`. */
export interface RunModel extends ModelNetworks {
  /** Absent where it is the main model's. */
  readonly preprocessing?: Preprocessing;
  /** All weights and buffers. */
  readonly parameters: readonly Parameter[];
  readonly scale: number;
}

/**
 * The forward pass of a model in training mode, for every thread of a run.
 *
 * @param main the run's main model: the pixels of a batch are normalised for it
 */
export function forwardOf(model: RunModel, kind: InputKind, main: RunModel): TrainableNetwork['forward'] {
  const network = networkFor(model, kind);
  const renormalise = fromPixelsOf(main, model);
  return (inputs, call) => forward(network, renormalise(inputs), call) as Tensor2D;
}

/** Looks for NaN in the same pass. */
export function notFiniteOf(
  model: RunModel,
  kind: InputKind,
  main: RunModel,
): NonNullable<TrainableModel['firstNotFinite']> {
  const network = networkFor(model, kind);
  const renormalise = fromPixelsOf(main, model);
  return (inputs, call) => firstNotFinite(network, renormalise(inputs), call);
}

/** The same in inference mode, with the weights of the moment and folded batch norms. */
export function runPredictor(
  model: RunModel,
  kind: InputKind,
  main: RunModel,
  microBatch?: number,
): Predictor {
  return predictorOf(networkFor(model, kind), microBatch, fromPixelsOf(main, model));
}

const fromPixelsOf = ({ preprocessing: main }: RunModel, { preprocessing: own }: RunModel) =>
  main && own ? renormalisation(main.normalisation, own.normalisation) : (inputs: Tensor) => inputs;

import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { ParameterGroup } from './parameter-groups.js';

/** The gradient of each variable that the loss depends on. A variable without one is left as it is. */
export type Gradients = ReadonlyMap<Variable, Tensor>;

export interface StepRates {
  /** Learning rate of a group whose factor is 1. */
  readonly learningRate: number;
  /** Overrides the optimiser's own momentum (SGD, RMSprop) or beta1 (AdamW, RAdam): the one-cycle schedule moves it. */
  readonly momentum?: number;
}

/** What an optimiser remembers, to be saved with a checkpoint. */
export interface OptimiserSnapshot {
  /** Parameter key to the updates that it has had. */
  readonly steps: Readonly<Record<string, number>>;
  /** Velocities, moments: name to tensor. They stay the optimiser's own: copy, never dispose. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** An optimiser bound to the parameters it moves. */
export interface BoundOptimiser {
  readonly groups: readonly ParameterGroup[];
  /** Gradients that one step takes: 1, or 2 when sharpness-aware minimisation looks ahead first. */
  readonly passes: number;
  /**
   * Uses the gradients of pass `pass` (from 0). Passes before the last move the weights only for the time of
   * the step; the last one updates them. Gradients stay the caller's. A promise where a number has to be waited for.
   */
  apply(pass: number, gradients: Gradients, rates: StepRates): void | Promise<void>;
  /** Drops a step between two passes: weights go back to where the step began. */
  abandon(): void;
  snapshot(): OptimiserSnapshot;
  /**
   * Continues from a snapshot of an optimiser of the same kind and parameters. The caller disposes the
   * snapshot's tensors and does not use them any more.
   */
  restore(snapshot: OptimiserSnapshot): void;
  dispose(): void;
}

/** How to update weights. A plain description: binding it to parameters makes the state. */
export interface Optimiser {
  readonly name: string;
  bind(groups: readonly ParameterGroup[]): BoundOptimiser;
}

import type { Tensor, Variable } from '@tensorflow/tfjs-core';
import type { ParameterGroup } from './parameter-groups.js';

/** Gradients of the variables that the loss depends on. Variables without a gradient are not changed. */
export type Gradients = ReadonlyMap<Variable, Tensor>;

export interface StepRates {
  /** Learning rate of this step, before the factor of a group. */
  readonly learningRate: number;
  /** Overrides the optimiser's momentum (SGD, RMSprop) or beta1 (AdamW, RAdam); set by the one-cycle schedule. */
  readonly momentum?: number;
}

/** State of an optimiser, to save in a checkpoint. */
export interface OptimiserSnapshot {
  /** Number of updates by parameter key. */
  readonly steps: Readonly<Record<string, number>>;
  /** Velocities and moments by name. They belong to the optimiser: copy them, never dispose them. */
  readonly tensors: ReadonlyMap<string, Tensor>;
}

/** An optimiser bound to the parameters that it updates. */
export interface BoundOptimiser {
  readonly groups: readonly ParameterGroup[];
  /** Number of gradients per step: 1, or 2 with sharpness-aware minimisation. */
  readonly passes: number;
  /**
   * Applies the gradients of pass `pass` (from 0). Passes before the last move the weights only during the step; the
   * last one updates them. The caller keeps the gradients. Returns a promise if it must wait for a number.
   */
  apply(pass: number, gradients: Gradients, rates: StepRates): void | Promise<void>;
  /** Abandons a step between two passes: weights return to where the step began. */
  abandon(): void;
  snapshot(): OptimiserSnapshot;
  /** Restores a snapshot of an optimiser of the same kind and parameters. Dispose the snapshot's tensors afterwards. */
  restore(snapshot: OptimiserSnapshot): void;
  dispose(): void;
}

/** An optimiser as a plain description. Binding it to parameters creates the state. */
export interface Optimiser {
  readonly name: string;
  bind(groups: readonly ParameterGroup[]): BoundOptimiser;
}

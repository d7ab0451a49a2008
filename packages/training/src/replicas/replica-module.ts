import type { Loss } from '@polytag/core';
import type { RunModel } from '../step/trainable-model.js';

/** What a replica learns with: the same networks and loss as the first. Its weights are those of the first. */
export interface ReplicaParts {
  readonly model: RunModel;
  /** Those that learn with it, in the same order. Default: none. */
  readonly auxiliary?: readonly RunModel[];
  readonly loss: Loss;
}

/** Builds models and loss on another thread, from data that crossed to it. */
export type BuildReplica<Data = unknown> = (data: Data) => ReplicaParts | Promise<ReplicaParts>;

/** How another thread builds the models and the loss of a run: functions cannot cross to it, a module's name can. */
export interface ReplicaModule {
  /** URL of a module whose default export is a `BuildReplica`. Each thread imports it, the engine being chosen. */
  readonly module: string | URL;
  /** Handed to it: plain data, typed arrays too (the structured clone algorithm). */
  readonly data?: unknown;
}

import type { Loss } from '@polytag/core';
import type { RunModel } from '../step/trainable-model.js';

/** Parts of a replica: the same networks and loss as the first. The weights are copied from the first. */
export interface ReplicaParts {
  readonly model: RunModel;
  /** Auxiliary models, in the same order. Default: none. */
  readonly auxiliary?: readonly RunModel[];
  readonly loss: Loss;
}

/** Builds models and loss on another thread, from data sent to it. */
export type BuildReplica<Data = unknown> = (data: Data) => ReplicaParts | Promise<ReplicaParts>;

/**
 * Module with which another thread builds the models and loss of a run, because functions cannot be sent to a thread.
 */
export interface ReplicaModule {
  /** URL of a module whose default export is a `BuildReplica`. Each thread imports it after the engine has started. */
  readonly module: string | URL;
  /** Data for it: plain data and typed arrays (structured clone). */
  readonly data?: unknown;
}

import type { Examples, InputKind, NetworkInputs, ThreadFailure } from '@polytag/core';
import type { EngineInUse } from '@polytag/engine';
import type { Frozen } from '../freezing/freezing.js';
import type { LossTerms, WholeBatch } from '../step/gradients.js';
import type { Reduction } from '../step/loss-value.js';
import type { StateEntry } from './shared-state.js';

/** What a thread is started with. */
export interface ReplicaStart {
  /** From 1; 0 is the thread that the run lives on. */
  readonly replica: number;
  readonly engine: EngineInUse;
  readonly module: string;
  readonly data: unknown;
  /** Of all batches. */
  readonly kind: InputKind;
  readonly state: readonly StateEntry[];
  /** Images that its memory holds at once, at most. */
  readonly microBatch: number;
  /** Values of all models' parameters; the first replica writes them before each pass. */
  readonly weights: SharedArrayBuffer;
  /** Gradients of the learned parameters; this replica writes them in each pass. */
  readonly gradients: SharedArrayBuffer;
  /** Running statistics; likewise. */
  readonly buffers: SharedArrayBuffer;
}

export type ReplicaRequest =
  | {
      readonly kind: 'gradients';
      /** In the first pass of a step. Later ones look at the same images. */
      readonly batch?: Examples;
      readonly epoch: number;
      readonly step: number;
      readonly wholeBatch: WholeBatch;
      /** Images of the whole batch before this replica's. */
      readonly batchOffset: number;
      readonly lossFactor: number;
      readonly reduction: Reduction;
      /** What of each model is frozen. Default: nothing. */
      readonly frozen?: readonly Frozen[];
    }
  /** Outputs in inference mode. `renewed`: the weights are others than at the last request. */
  | {
      readonly kind: 'outputs';
      /** Position among the models. */
      readonly model: number;
      readonly batch: NetworkInputs;
      readonly renewed: boolean;
    };

export type ReplicaReply =
  | { readonly kind: 'ready' }
  | { readonly kind: 'gradients'; readonly losses: readonly LossTerms[] }
  | { readonly kind: 'outputs'; readonly outputs: Float32Array }
  | { readonly kind: 'failed'; readonly failure: ThreadFailure };

/** The line to a replica: a thread, or what stands for one. */
export interface ReplicaLink {
  post(request: ReplicaRequest, transfer: readonly ArrayBuffer[]): void;
  /** `heard` gets its replies; `lost`, why there will be no more. */
  listen(heard: (reply: ReplicaReply) => void, lost: (why: string) => void): void;
  /** Ends the replica, and waits until it has ended. */
  end(): Promise<unknown>;
}

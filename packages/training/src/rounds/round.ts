import type { ScheduleState } from '../schedules/schedule.js';
import type { StepResult } from '../step/train-step.js';

/** Steps that all shares take from the same weights, each on its part of every batch (docs/method.md#machines). */
export interface Round {
  /** From 0. */
  readonly epoch: number;
  /** The first batch of the epoch. */
  readonly batch: number;
  /** Steps taken before the round. */
  readonly step: number;
  readonly steps: number;
  /** Images that the memory of one replica holds at once, at most. */
  readonly microBatch: number;
  /** What each model's schedule has learned from scores. */
  readonly schedules?: readonly (ScheduleState | null)[];
  /** The common weights that it begins with: `weightsFile` of what moves. */
  readonly weights: Uint8Array;
  /** The same of what never moves, alike in all rounds of a run. */
  readonly constants: Uint8Array;
  /** State of each share after the previous round (`ShareResult.state`). Absent in the first round. */
  readonly states?: readonly ShareState[];
}

/** Where a share trainer keeps the optimiser state of a share: JSON, stored in checkpoints. */
export type ShareState = string | Readonly<Record<string, string>>;

/** Result of a share in a round. */
export interface ShareResult {
  /** The steps of the main model. */
  readonly steps: readonly StepResult[];
  /** Number of images of its part of a batch. */
  readonly images: number;
  /** Why it ended early: its loss or its weights became NaN or infinite. */
  readonly diverged?: string;
  /** Its weights after the round. */
  weights(): Promise<Uint8Array>;
  readonly state: ShareState;
}

/** Trains the shares of rounds, in this process or by workers. The result of a share depends on the round alone. */
export interface ShareTrainer {
  /**
   * @returns one result for each share, in their order
   * @throws what a share failed with; InterruptedError when it was stopped
   */
  train(round: Round): Promise<readonly ShareResult[]>;
  /** Called when a checkpoint holds the run as of the last round: files of earlier rounds may be removed. */
  saved?(): Promise<void>;
}

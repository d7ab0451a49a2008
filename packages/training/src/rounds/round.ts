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
  /** Of each share what it left after the round before: `ShareResult.state`. Absent in the first. */
  readonly states?: readonly ShareState[];
}

/** Says where a trainer of shares keeps a share's optimisers: JSON, kept in checkpoints. */
export type ShareState = string | Readonly<Record<string, string>>;

/** What a share has come to in a round. */
export interface ShareResult {
  /** What it did with the main model, step by step. */
  readonly steps: readonly StepResult[];
  /** Images of one of its batches. */
  readonly images: number;
  /** Why it ended early: its loss or its weights became NaN or infinite. */
  readonly diverged?: string;
  /** Its weights after the round. */
  weights(): Promise<Uint8Array>;
  readonly state: ShareState;
}

/** Has the shares of rounds trained: in this process, or by workers anywhere. What a share gives depends on the round alone. */
export interface ShareTrainer {
  /**
   * @returns one result for each share, in their order
   * @throws what a share failed with; InterruptedError when it was stopped
   */
  train(round: Round): Promise<readonly ShareResult[]>;
  /** A checkpoint has the run as it is after the last round: what earlier rounds have left is needed no more. */
  saved?(): Promise<void>;
}

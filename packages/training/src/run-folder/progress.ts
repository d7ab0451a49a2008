import type { ShareState } from '../rounds/round.js';
import type { ScheduleState } from '../schedules/schedule.js';
import {
  initialSelection,
  type BestWeights,
  type SelectionState,
  type StopReason,
} from '../selection/selection.js';
import type { StepResult } from '../step/train-step.js';

/** How far a run is, and so where its next step is. */
export interface StepPlace {
  /** Epochs finished: trained, evaluated and logged. */
  epoch: number;
  /** Batches finished of the epoch in progress. */
  batch: number;
  /** Steps finished since the start. */
  step: number;
}

/** How far a run is, and what it has counted. */
export interface Progress extends StepPlace {
  /** Sums over the finished batches of the epoch in progress. */
  lossSum: number;
  mutualSum: number;
  images: number;
  seconds: number;
  /** Steps of the epoch in progress that were skipped, and those since the last one that was not. */
  skipped: number;
  skippedInARow: number;
  best?: BestWeights;
  stopping: SelectionState;
  /** Why the run is over before its last epoch. */
  stopped?: StopReason;
  /** Of each model's schedule, the main one's first; null for one that does not look at scores. */
  schedules?: (ScheduleState | null)[];
  /** Of a run by rounds: where each share's optimisers are, after the last round. */
  shares?: readonly ShareState[];
}

/** The sums of an epoch of which nothing is done. */
export const initialEpoch = (epoch: number) => ({
  epoch,
  batch: 0,
  lossSum: 0,
  mutualSum: 0,
  images: 0,
  seconds: 0,
  skipped: 0,
});

/** Counts a step that is done. */
export function countStep(
  progress: Progress,
  { loss, mutual, skipped }: StepResult,
  { images, seconds }: { readonly images: number; readonly seconds: number },
): void {
  progress.batch++;
  progress.step++;
  progress.lossSum += loss;
  progress.mutualSum += mutual;
  progress.images += images;
  progress.seconds += seconds;
  if (skipped) progress.skipped++;
  progress.skippedInARow = skipped ? progress.skippedInARow + 1 : 0;
}

/** A run of which nothing is done. */
export const initialProgress = (): Progress => ({
  ...initialEpoch(0),
  step: 0,
  skippedInARow: 0,
  stopping: initialSelection,
});

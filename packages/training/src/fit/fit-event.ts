import type { DamagedLog } from '../run-folder/metrics-log.js';
import type { BestWeights, StopReason } from '../selection/selection.js';

/** Progress of `fit`. Epochs and steps count finished ones, so the first is 1. */
export type FitEvent =
  | {
      readonly kind: 'started';
      /** Epochs and steps that a resumed run has already finished; 0 for a new one. */
      readonly epoch: number;
      readonly step: number;
      readonly totalSteps: number;
      /** Number of replicas, and images that each computes at once: the values chosen for `auto`. */
      readonly replicas: number;
      readonly microBatch: number;
    }
  /** Of a run that goes on: `metrics.jsonl` has lost epochs, and goes on without them. */
  | ({ readonly kind: 'damaged-log' } & DamagedLog)
  | {
      readonly kind: 'step';
      /** Epoch of the step. */
      readonly epoch: number;
      readonly step: number;
      readonly totalSteps: number;
      readonly loss: number;
      /** Mutual learning term that auxiliary models add to the loss. Absent without them. */
      readonly mutual?: number;
      /** Global norm of the gradient, before clipping. */
      readonly gradientNorm: number;
      /** Whether the step was skipped because a gradient was NaN or infinite. */
      readonly skipped: boolean;
      readonly learningRate: number;
      /** Training speed over the last steps. */
      readonly imagesPerSecond: number;
      /** Training time left at this speed, without evaluation. */
      readonly secondsLeft: number;
    }
  | {
      readonly kind: 'evaluated';
      readonly epoch: number;
      /**
       * mAP over all labels, and over those that occur in the validation images; as in `Evaluation` of
       * @polytag/metrics.
       */
      readonly mAP: number;
      readonly mAPOccurring: number;
      /** The same for the averaged weights. */
      readonly mAPEma?: number;
      readonly mAPEmaOccurring?: number;
      /** The same for auxiliary models, after the last epoch. */
      readonly mAPAuxiliary?: readonly number[];
      readonly mAPAuxiliaryOccurring?: readonly number[];
      readonly seconds: number;
      /** The best weights so far. */
      readonly best: BestWeights;
    }
  /** Early stopping: this epoch was the last. */
  | { readonly kind: 'stopped'; readonly epoch: number; readonly reason: StopReason }
  | { readonly kind: 'checkpoint'; readonly epoch: number; readonly step: number; readonly folder: string };

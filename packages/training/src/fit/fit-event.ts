import type { DamagedLog } from '../run-folder/metrics-log.js';
import type { StopReason } from '../selection/early-stopping.js';
import type { BestWeights } from '../selection/best-weights.js';

/** What `fit` tells while it runs. Epochs and steps count what is finished, so the first is 1. */
export type FitEvent =
  | {
      readonly kind: 'started';
      /** Epochs and steps that a resumed run has behind it; 0 for a new one. */
      readonly epoch: number;
      readonly step: number;
      readonly totalSteps: number;
      /** Threads that share each batch, and images that each of them holds at once: what `auto` stood for. */
      readonly replicas: number;
      readonly microBatch: number;
    }
  /** Of a run that goes on: `metrics.jsonl` has lost epochs, and goes on without them. */
  | ({ readonly kind: 'damaged-log' } & DamagedLog)
  | {
      readonly kind: 'step';
      /** The epoch that the step belongs to. */
      readonly epoch: number;
      readonly step: number;
      readonly totalSteps: number;
      readonly loss: number;
      /** What auxiliary models add to it: how far the main model is from them. Absent without them. */
      readonly mutual?: number;
      /** Global norm of the gradient, before clipping. */
      readonly gradientNorm: number;
      /** Whether the step moved nothing, since a gradient was NaN or infinite. */
      readonly skipped: boolean;
      readonly learningRate: number;
      /** Training speed of the last steps. */
      readonly imagesPerSecond: number;
      /** Training time left at that speed; evaluation comes on top. */
      readonly secondsLeft: number;
    }
  | {
      readonly kind: 'evaluated';
      readonly epoch: number;
      /** As `Evaluation` of @polytag/metrics has them: over all labels, and over those that a validation image has. */
      readonly mAP: number;
      readonly mAPOccurring: number;
      /** The same of the averaged weights. */
      readonly mAPEma?: number;
      readonly mAPEmaOccurring?: number;
      /** The same of auxiliary models, after the last epoch. */
      readonly mAPAuxiliary?: readonly number[];
      readonly mAPAuxiliaryOccurring?: readonly number[];
      readonly seconds: number;
      /** The best weights so far. */
      readonly best: BestWeights;
    }
  /** Early stopping: this epoch was the last. */
  | { readonly kind: 'stopped'; readonly epoch: number; readonly reason: StopReason }
  | { readonly kind: 'checkpoint'; readonly epoch: number; readonly step: number; readonly folder: string };

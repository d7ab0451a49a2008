import type { RangePoint, Trial } from '../run-folder/search-record.js';

/** Progress of a learning-rate search. */
export type SearchEvent =
  | {
      readonly kind: 'step';
      /** Finished steps, out of at most `totalSteps`. */
      readonly step: number;
      readonly totalSteps: number;
      readonly learningRate: number;
      readonly loss: number;
      /** Number of the trial, from 1; absent in a range test. */
      readonly trial?: number;
      /** Time left for the whole search at the current speed. */
      readonly secondsLeft: number;
    }
  | { readonly kind: 'trial'; readonly trial: Trial; readonly trials: number; readonly best: number }
  | { readonly kind: 'range'; readonly points: readonly RangePoint[]; readonly suggestion: RangePoint };

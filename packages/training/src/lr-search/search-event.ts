import type { RangePoint, Trial } from '../run-folder/search-record.js';

/** What a search for a learning rate tells while it runs. */
export type SearchEvent =
  | {
      readonly kind: 'step';
      /** Steps finished, of at most `totalSteps`. */
      readonly step: number;
      readonly totalSteps: number;
      readonly learningRate: number;
      readonly loss: number;
      /** The trial, from 1; absent in a range test. */
      readonly trial?: number;
      /** Time left for the whole search at the speed so far. */
      readonly secondsLeft: number;
    }
  | { readonly kind: 'trial'; readonly trial: Trial; readonly trials: number; readonly best: number }
  | { readonly kind: 'range'; readonly points: readonly RangePoint[]; readonly suggestion: RangePoint };

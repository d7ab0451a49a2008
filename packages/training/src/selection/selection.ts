import type { Evaluation } from '@polytag/metrics';

/** The best weights on the validation set so far. */
export interface BestWeights {
  /** Number of finished epochs at that time. */
  readonly epoch: number;
  readonly mAP: number;
  /** mAP over the labels that occur in the validation set; NaN if there are none, which is saved as null. */
  readonly mAPOccurring: number | null;
  /** `ema`: the averaged weights. */
  readonly weights: 'main' | 'ema';
}

/**
 * The better weights of an epoch, its own or the averaged ones; of equals its own. The score is `mAP`, the authors';
 * `mAPOccurring` is proportional to it on one validation set and orders weights alike.
 */
export function betterWeights(epoch: number, main: Evaluation, averaged?: Evaluation): BestWeights {
  const isAverage = averaged !== undefined && averaged.mAP > main.mAP;
  const { mAP, mAPOccurring } = isAverage ? averaged : main;
  return { epoch, mAP, mAPOccurring, weights: isAverage ? 'ema' : 'main' };
}

/** Why training ends before its last epoch: no improvement for `patience` evaluations, or a perfect score. */
export type StopReason = 'patience' | 'perfect';

/** What is remembered from one evaluation to the next; plain JSON, part of a checkpoint. */
export interface SelectionState {
  /** The reference that a score must exceed: ⅘ the last score that did, ⅕ the reference before. */
  readonly smoothed: number;
  /** Evaluations since then, once the learning rate has peaked. */
  readonly counter: number;
  /** Best score so far, rounded. */
  readonly best: number;
}

export const initialSelection: SelectionState = { smoothed: 0, counter: 0, best: 0 };

export interface ScoreVerdict {
  readonly state: SelectionState;
  /** Not worse than any score before, so that of equals the later one is kept. */
  readonly isBest: boolean;
  /** Given where training should end. */
  readonly stop?: StopReason;
}

export interface EarlyStoppingOptions {
  /** Evaluations without improvement that are allowed. */
  readonly patience: number;
  /** Scores that do not improve count only from here on. */
  readonly warmUpFinished: boolean;
}

/** Weight of a better score in the reference. */
const NEWEST = 0.8;

/** Scores are compared with four decimals: two that differ by less tie. */
const rounded = (score: number): number => Number(score.toFixed(4));

/**
 * Compares the score of an epoch with earlier ones, both for early stopping and to select the best weights
 * (docs/method.md#early-stopping). The authors' code forgets a score of 1 and could later keep a worse one; this one
 * remembers it.
 *
 * @param score a fraction, not rounded: the better of the model's own and its averaged weights
 */
export function compareScore(
  state: SelectionState,
  score: number,
  { patience, warmUpFinished }: EarlyStoppingOptions,
): ScoreVerdict {
  const seen = rounded(score);
  const isBest = seen >= state.best;
  const best = isBest ? seen : state.best;
  if (Math.abs(seen - 1) <= 1e-4) return { state: { ...state, best }, isBest, stop: 'perfect' };
  const improved = seen > state.smoothed;
  const counter = improved ? 0 : state.counter + (warmUpFinished ? 1 : 0);
  const smoothed = improved ? NEWEST * score + (1 - NEWEST) * state.smoothed : state.smoothed;
  return {
    state: { smoothed, counter, best },
    isBest,
    ...(!improved && counter >= patience && { stop: 'patience' as const }),
  };
}

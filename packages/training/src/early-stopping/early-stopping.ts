/** Why training ends before its last epoch: no improvement for `patience` evaluations, or nothing left to improve. */
export type StopReason = 'patience' | 'perfect';

/** What early stopping remembers from one evaluation to the next; plain JSON, part of a checkpoint. */
export interface StoppingState {
  /** The reference that a score must exceed: ⅘ the last score that did, ⅕ the reference before. */
  readonly smoothed: number;
  /** Evaluations since then, once the learning rate has peaked. */
  readonly counter: number;
  /** Best score so far, rounded. */
  readonly best: number;
}

export const beforeAnyScore: StoppingState = { smoothed: 0, counter: 0, best: 0 };

export interface Judgement {
  readonly state: StoppingState;
  /** Not worse than any score before, so that of equals the later one is kept. */
  readonly isBest: boolean;
  /** Given where training should end. */
  readonly stop?: StopReason;
}

export interface JudgeOptions {
  readonly patience: number;
  /** Scores that do not improve count only from here on. */
  readonly warmUpFinished: boolean;
}

/** Weight of a better score in the reference. */
const NEWEST = 0.8;

/** Scores are compared with four decimals: two that differ by less tie. */
export const rounded = (score: number): number => Number(score.toFixed(4));

/**
 * Early stopping and model choice as the authors' (docs/method.md#early-stopping).
 *
 * @param score of the epoch, a fraction, not rounded: the better of the model's own and its averaged weights
 */
export function judgeScore(
  state: StoppingState,
  score: number,
  { patience, warmUpFinished }: JudgeOptions,
): Judgement {
  const seen = rounded(score);
  if (Math.abs(seen - 1) <= 1e-4) return { state, isBest: true, stop: 'perfect' };
  const improved = seen > state.smoothed;
  const counter = improved ? 0 : state.counter + (warmUpFinished ? 1 : 0);
  const isBest = seen >= state.best;
  return {
    state: {
      smoothed: improved ? NEWEST * score + (1 - NEWEST) * state.smoothed : state.smoothed,
      counter,
      best: isBest ? seen : state.best,
    },
    isBest,
    ...(!improved && counter >= patience && { stop: 'patience' }),
  };
}

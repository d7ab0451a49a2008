/** Finished trials that are needed before any is given up. */
const START_UP_TRIALS = 5;

/**
 * Whether to prune a trial: its best score so far is below the median of the finished trials after the same number of
 * epochs (the median rule of Golovin et al., "Google Vizier", 2017, as in Optuna; docs/method.md#median-pruning).
 *
 * @param scores scores of the trial, one per epoch
 * @param finished scores of the finished trials
 */
export function shouldPrune(scores: readonly number[], finished: readonly (readonly number[])[]): boolean {
  if (finished.length < START_UP_TRIALS || scores.length === 0) return false;
  const others = finished.flatMap((trial) => trial[scores.length - 1] ?? []).sort((a, b) => a - b);
  if (others.length === 0) return false;
  const middle = (others.length - 1) / 2;
  const median = (others[Math.floor(middle)] + others[Math.ceil(middle)]) / 2;
  return Math.max(...scores) < median;
}

import { DivergenceError } from '@polytag/core';
import type { Progress } from '../run-folder/progress.js';
import type { StepResult } from '../step/train-step.js';

/** Steps in a row that are skipped at most: a gradient that overflows now and then passes, one that stays does not. */
export const MOST_SKIPPED = 10;

/** @throws DivergenceError `training/diverged` when a step is one too many that is skipped; it is not counted yet */
export function checkSkipped(
  { skippedInARow }: Pick<Progress, 'skippedInARow'>,
  { gradientNorm, skipped }: Pick<StepResult, 'gradientNorm' | 'skipped'>,
): void {
  if (!skipped || skippedInARow + 1 < MOST_SKIPPED) return;
  throw new DivergenceError(
    'training/diverged',
    `The gradient was not finite in ${MOST_SKIPPED} steps in a row; its norm is ${gradientNorm}.`,
  );
}

import { UsageError } from '@polytag/core';

/** What a data set is divided into. At least one of the first three. */
export interface DivideOptions {
  /** Share of the images to score on, above 0. */
  readonly val?: number;
  /** Share of the images that are kept for the end, above 0. They are in no fold. */
  readonly test?: number;
  /** Folds of all images but those of `test`, each with all others to train on; at least 2. */
  readonly folds?: number;
  readonly seed: number;
}

/** Seed of a division: that of configs, so that the folds of `split` are those of `fit`. */
export const DEFAULT_SEED = 5;

/**
 * Makes sure that shares and folds can be.
 *
 * @throws UsageError `usage/split-shares`, `usage/folds`
 */
export function checkShares({ val, test, folds }: DivideOptions): void {
  if (val === undefined && test === undefined && folds === undefined) {
    throw new UsageError('usage/split-shares', 'No sizes were given.', {
      hint: 'For example: --val 0.2, or --val 0.1 --test 0.1.',
    });
  }
  for (const [name, share] of Object.entries({ val, test })) {
    if (share === undefined || (share > 0 && share < 1)) continue;
    throw new UsageError('usage/split-shares', `--${name} must be between 0 and 1 (got ${share}).`, {
      hint: `Give a fraction of the images, e.g. --${name} 0.2.`,
    });
  }
  if ((val ?? 0) + (test ?? 0) >= 1) {
    throw new UsageError(
      'usage/split-shares',
      `--val ${val} and --test ${test} leave no images for training.`,
      {
        hint: 'Use fractions that add up to less than 1.',
      },
    );
  }
  if (folds !== undefined && folds < 2) {
    throw new UsageError('usage/folds', `--folds must be at least 2 (got ${folds}).`, {
      hint: 'Usual values are 5 or 10.',
    });
  }
}

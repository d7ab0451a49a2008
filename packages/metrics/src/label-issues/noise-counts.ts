import type { TwoByTwo } from './confident-joint.js';
import { roundKeepingSum } from './round-keeping-sum.js';

export interface NoiseOptions {
  /** Share of the estimated label errors to find (default 1). */
  readonly fracNoise?: number;
  /** Number of images to keep for each given value, absent and present; values with no more are skipped (default 1). */
  readonly minExamples?: number;
}

/**
 * How many given labels are wrong: [true][given], from a calibrated joint [given][guess]
 * (docs/method.md#label-issues).
 */
export function noiseCounts(
  calibrated: TwoByTwo,
  { fracNoise = 1, minExamples = 1 }: NoiseOptions = {},
): TwoByTwo {
  const columns = calibrated.map((row, given) => {
    const right = Math.max(row[given], minExamples);
    const share = (right - row[given]) / Math.max(row.filter((count) => count !== 0).length - 1, 1);
    const wrong = Math.max(row[1 - given] - share, 0);
    // What is not looked for counts as right.
    const found = Math.trunc(wrong * fracNoise);
    const kept = Math.trunc(right + wrong - wrong * fracNoise);
    return given === 0 ? [kept, found] : [found, kept];
  });
  return [0, 1].map((truth) =>
    roundKeepingSum(columns.map((column) => column[truth])),
  ) as unknown as TwoByTwo;
}

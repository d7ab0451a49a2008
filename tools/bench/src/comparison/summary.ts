import { median } from '../median.js';

/** One turn of each side, milliseconds an image. */
export interface Round {
  readonly ours: number;
  readonly theirs: number;
}

export interface Summary {
  /** Median of the rounds. */
  readonly oursMsPerImage: number;
  readonly theirsMsPerImage: number;
  /** theirs / ours: above 1, ours is faster. */
  readonly ratio: number;
  /** Smallest and largest ratio of one round. */
  readonly ratioRange: readonly [number, number];
}

export function summarise(rounds: readonly Round[]): Summary {
  const oursMsPerImage = median(rounds.map(({ ours }) => ours));
  const theirsMsPerImage = median(rounds.map(({ theirs }) => theirs));
  const ratios = rounds.map(({ ours, theirs }) => theirs / ours);
  return {
    oursMsPerImage,
    theirsMsPerImage,
    ratio: theirsMsPerImage / oursMsPerImage,
    ratioRange: [Math.min(...ratios), Math.max(...ratios)],
  };
}

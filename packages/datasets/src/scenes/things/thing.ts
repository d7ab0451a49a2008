import type { RandomStream } from '@polytag/core';
import type { Brush } from '../brush.js';
import type { Range } from '../draw-from.js';

/**
 * Where a thing belongs. `sky`: above the horizon. `far`: its foot stands just below the horizon. `near`: its
 * foot stands in the lower part. `water`: floats on the far water. `under`: swims in the near water.
 * `field`: scattered over the sky (stars) or the whole picture (rain).
 */
export type Band = 'sky' | 'far' | 'near' | 'water' | 'under' | 'field';

export interface Thing {
  readonly band: Band;
  /** Height of its box, as a fraction of the picture. */
  readonly height: Range;
  /** Width of the box over its height. */
  readonly aspect: Range;
  /** Largest tilt to either side, in radians. Default 0. */
  readonly tilt?: number;
  /** Gives off light: the night does not darken it. Default false. */
  readonly shines?: boolean;
  draw(brush: Brush, random: RandomStream): void;
}

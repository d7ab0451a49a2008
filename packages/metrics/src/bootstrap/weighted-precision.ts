import { AUTHORS_EPSILON } from '../average-precision/average-precision.js';
import { rankedClasses, type RankedClass } from '../scores/ranked-class.js';
import type { ScoreTable } from '../scores/score-table.js';

/**
 * The average precision of one class when each image counts several times, or not at all. Ranks are found once: between
 * which two positives an image stands says all that is needed of it. The value is that of `averagePrecision` over a set
 * in which image i is repeated weights[i] times, to the bit.
 */
export class WeightedPrecision {
  /** Images of the P positives, best rank first. */
  readonly #positives: Uint32Array;
  /** [N]: how many positives rank above a negative; P + 1 for an image that is a positive or not judged. */
  readonly #gaps: Uint16Array | Uint32Array;
  /** Sums of weights, by gap. */
  readonly #sums: Float64Array;

  /** @param images N */
  constructor({ count, positives, positive, image }: RankedClass, images: number) {
    const gaps = positives + 1 < 2 ** 16 ? new Uint16Array(images) : new Uint32Array(images);
    gaps.fill(positives + 1);
    this.#positives = new Uint32Array(positives);
    let above = 0;
    // Of equal scores the later image ranks first, as the authors have it.
    for (let rank = count - 1; rank >= 0; rank--) {
      if (positive[rank]) this.#positives[above++] = image[rank];
      else gaps[image[rank]] = above;
    }
    this.#gaps = gaps;
    this.#sums = new Float64Array(positives + 2);
  }

  static ofEach(table: ScoreTable): WeightedPrecision[] {
    return Array.from(rankedClasses(table), (ranked) => new WeightedPrecision(ranked, table.images));
  }

  /**
   * @param weights [N] whole numbers
   * @returns undefined where no positive has a weight
   */
  of(weights: ArrayLike<number>): number | undefined {
    const [positives, gaps, sums] = [this.#positives, this.#gaps, this.#sums];
    sums.fill(0);
    for (let image = 0; image < gaps.length; image++) sums[gaps[image]] += weights[image];
    let found = 0;
    let rank = 0;
    let sum = 0;
    for (let i = 0; i < positives.length; i++) {
      rank += sums[i];
      for (let times = weights[positives[i]]; times > 0; times--) sum += ++found / ++rank;
    }
    return found === 0 ? undefined : sum / (found + AUTHORS_EPSILON);
  }
}

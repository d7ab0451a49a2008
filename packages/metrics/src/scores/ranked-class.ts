import { AscendingOrder } from './ascending-order.js';
import { judgement, type ScoreTable } from './score-table.js';

/** The judged images of one class from the lowest score to the highest. */
export interface RankedClass {
  /** Position of the class. */
  readonly index: number;
  /** How many images are judged for it. */
  readonly count: number;
  /** Ascending scores; equal ones in the order of the images. Valid until the next class is ranked. */
  readonly scores: Float64Array;
  /** 1 where the image of that rank is a positive, else 0. */
  readonly positive: Uint8Array;
  readonly positives: number;
  /** The image of that rank, by its position in the table. */
  readonly image: Uint32Array;
}

/** Ranks one class after the other; every rank-based metric walks this. */
export function* rankedClasses(table: ScoreTable): Generator<RankedClass> {
  const { scores, targets, images, classes } = table;
  const order = new AscendingOrder(images);
  const column = new Float64Array(images);
  const truth = new Uint8Array(images);
  const judgedImages = new Uint32Array(images);
  const image = new Uint32Array(images);
  const sorted = new Float64Array(images);
  const positive = new Uint8Array(images);
  for (let index = 0; index < classes; index++) {
    let count = 0;
    let positives = 0;
    for (let element = index; element < scores.length; element += classes) {
      const judged = judgement(targets[element]);
      if (judged < 0) continue;
      column[count] = scores[element];
      judgedImages[count] = (element - index) / classes;
      truth[count++] = judged;
      positives += judged;
    }
    const ranks = order.of(column, count);
    for (let rank = 0; rank < count; rank++) {
      sorted[rank] = column[ranks[rank]];
      positive[rank] = truth[ranks[rank]];
      image[rank] = judgedImages[ranks[rank]];
    }
    yield {
      index,
      count,
      scores: sorted.subarray(0, count),
      positive: positive.subarray(0, count),
      positives,
      image: image.subarray(0, count),
    };
  }
}

import { AscendingOrder } from './ascending-order.js';
import { judgement, type ScoreTable } from './score-table.js';

/**
 * The known images of one class, ordered from the lowest score to the highest. Valid until the next class is ranked.
 */
export interface RankedClass {
  /** Index of the class. */
  readonly index: number;
  /** Number of known images. */
  readonly count: number;
  /** Ascending scores; equal ones in the order of the images. Computed on first use. */
  readonly scores: Float64Array;
  /** 1 if the image of this rank is a positive, else 0. */
  readonly positive: Uint8Array;
  readonly positives: number;
  /** Index in the table of the image of each rank. Computed on first use. */
  readonly image: Uint32Array;
}

/** Classes that are read together: half a line of the processor's cache. More takes memory and little less time. */
const TOGETHER = 4;

/** Ranks one class after the other; the basis of every rank-based metric. */
export function* rankedClasses(table: ScoreTable): Generator<RankedClass> {
  const { images, classes } = table;
  const order = new AscendingOrder(images);
  const columns = Array.from({ length: Math.min(TOGETHER, classes) }, () => new Column(images));
  const positive = new Uint8Array(images);
  const scores = new Float64Array(images);
  const image = new Uint32Array(images);
  for (let first = 0; first < classes; first += TOGETHER) {
    const some = columns.slice(0, classes - first);
    readColumns(table, first, some);
    for (const [i, column] of some.entries()) {
      const { count, positives } = column;
      const ranks = order.of(column.scores, count);
      let [sortedScores, sortedImages]: [Float64Array?, Uint32Array?] = [];
      yield {
        index: first + i,
        count,
        positive: inOrder(column.truth, ranks, positive),
        positives,
        get scores() {
          return (sortedScores ??= inOrder(column.scores, ranks, scores));
        },
        get image() {
          return (sortedImages ??= inOrder(column.images, ranks, image));
        },
      };
    }
  }
}

/** Values at some positions, in the order of those; they lie in `room`. */
function inOrder<Values extends Float64Array | Uint32Array | Uint8Array>(
  values: Values,
  positions: Uint32Array,
  room: Values,
): Values {
  for (let i = 0; i < positions.length; i++) room[i] = values[positions[i]];
  return room.subarray(0, positions.length) as Values;
}

/** The judged images of a class, in their order. */
class Column {
  count = 0;
  positives = 0;
  readonly scores: Float64Array;
  readonly truth: Uint8Array;
  readonly images: Uint32Array;

  constructor(images: number) {
    this.scores = new Float64Array(images);
    this.truth = new Uint8Array(images);
    this.images = new Uint32Array(images);
  }
}

/** Reads classes from `first` on, in one pass over the table. */
function readColumns(
  { scores, targets, images, classes }: ScoreTable,
  first: number,
  columns: Column[],
): void {
  for (const column of columns) column.count = column.positives = 0;
  for (let row = 0; row < images; row++) {
    const start = row * classes + first;
    for (let i = 0; i < columns.length; i++) {
      const judged = judgement(targets[start + i]);
      if (judged < 0) continue;
      const column = columns[i];
      column.scores[column.count] = scores[start + i];
      column.images[column.count] = row;
      column.truth[column.count++] = judged;
      column.positives += judged;
    }
  }
}

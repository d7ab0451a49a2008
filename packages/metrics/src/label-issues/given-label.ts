import { UsageError } from '@polytag/core';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** One label: the given values and the model's probabilities. Images for which it is unknown are left out. */
export interface GivenLabel {
  /** Position of the label. */
  readonly index: number;
  /** Positions of the n known images, in their order. */
  readonly images: Uint32Array;
  /** [n]: 1 where the label was given, 0 where it was not. */
  readonly given: Uint8Array;
  /** [n]: probability that the label is absent, and that it is present. */
  readonly probabilities: readonly [absent: Float64Array, present: Float64Array];
  /** Number of known images without the label, and with it. */
  readonly counts: readonly [absent: number, present: number];
}

/**
 * Iterates over the labels of a table.
 *
 * @throws UsageError `usage/not-a-probability` if a score is outside 0 to 1
 */
export function* givenLabels({ scores, targets, images, classes }: ScoreTable): Generator<GivenLabel> {
  for (let index = 0; index < classes; index++) {
    const known = new Uint32Array(images);
    const given = new Uint8Array(images);
    const [absent, present] = [new Float64Array(images), new Float64Array(images)];
    const counts: [number, number] = [0, 0];
    let n = 0;
    for (let image = 0; image < images; image++) {
      const element = image * classes + index;
      const truth = judgement(targets[element]);
      if (truth === -1) continue;
      const score = scores[element];
      if (!(score >= 0 && score <= 1)) throw notAProbability(score, image, index);
      known[n] = image;
      given[n] = truth;
      absent[n] = 1 - score;
      present[n] = score;
      counts[truth]++;
      n++;
    }
    yield {
      index,
      images: known.subarray(0, n),
      given: given.subarray(0, n),
      probabilities: [absent.subarray(0, n), present.subarray(0, n)],
      counts,
    };
  }
}

function notAProbability(score: number, image: number, index: number): UsageError {
  return new UsageError(
    'usage/not-a-probability',
    `The score of image ${image} for label ${index} is ${score}; expected a probability from 0 to 1.`,
    { hint: 'Convert outputs to probabilities with scoresFromOutputs.' },
  );
}

import type { GivenLabel } from './given-label.js';
import { roundKeepingSum } from './round-keeping-sum.js';

/** Probabilities that differ by less count as equal. */
export const SLACK = 1e-6;
/** Of a label value that no image was given: no probability reaches it. */
const UNREACHABLE = 2;

/** A 2x2 matrix, absent before present. */
export type TwoByTwo = readonly [readonly [number, number], readonly [number, number]];

/** Confident joint: how given labels and confident predictions agree (docs/method.md#label-issues). */
export interface ConfidentJoint {
  /** From these probabilities on, the model is confident of absent, and of present. */
  readonly thresholds: readonly [number, number];
  /** [given][guess]: images that the model is sure of; at least 1 on the diagonal. */
  readonly counts: TwoByTwo;
  /** [given][guess]: the same as if the model had been sure of all images; whole numbers. */
  readonly calibrated: TwoByTwo;
  /** [n]: 1 where the model is sure of the other value than the given one. */
  readonly disagrees: Uint8Array;
}

/** The probabilities from which on a model is sure of absent, and of present: their means over images given so. */
export function confidentThresholds({ given, probabilities, counts }: GivenLabel): [number, number] {
  const mean = (value: 0 | 1): number => {
    if (counts[value] === 0) return UNREACHABLE;
    let sum = 0;
    for (let i = 0; i < given.length; i++) if (given[i] === value) sum += probabilities[value][i];
    return Math.max(sum / counts[value], 2 * SLACK);
  };
  return [mean(0), mean(1)];
}

/** The confident joint of one label: Northcutt, Jiang and Chuang, "Confident Learning" (JAIR 2021), with two classes. */
export function confidentJoint(label: GivenLabel): ConfidentJoint {
  const {
    given,
    probabilities: [absent, present],
    counts: givenCounts,
  } = label;
  const thresholds = confidentThresholds(label);
  const counts: [[number, number], [number, number]] = [
    [0, 0],
    [0, 0],
  ];
  const disagrees = new Uint8Array(given.length);
  for (let i = 0; i < given.length; i++) {
    const sureAbsent = absent[i] >= thresholds[0] - SLACK;
    const surePresent = present[i] >= thresholds[1] - SLACK;
    if (!sureAbsent && !surePresent) continue;
    const guess = surePresent && !(sureAbsent && absent[i] >= present[i]) ? 1 : 0;
    counts[given[i]][guess]++;
    if (guess !== given[i]) disagrees[i] = 1;
  }
  for (const value of [0, 1]) counts[value][value] = Math.max(counts[value][value], 1);
  return { thresholds, counts, calibrated: calibrate(counts, givenCounts), disagrees };
}

/** Scales each row to the images given so, the whole to all images, and rounds. */
function calibrate(counts: TwoByTwo, given: readonly [number, number]): TwoByTwo {
  const scaled = counts.map((row, value) => row.map((count) => (count / (row[0] + row[1])) * given[value]));
  const sum = scaled.flat().reduce((a, b) => a + b, 0);
  const images = given[0] + given[1];
  const whole = images === 0 ? scaled : scaled.map((row) => row.map((count) => (count / sum) * images));
  return whole.map(roundKeepingSum) as unknown as TwoByTwo;
}

import { RandomStream } from '@polytag/core';
import { judgement, type ScoreTable } from '../scores/score-table.js';
import { fitSigmoid } from '../calibration/fit-sigmoid.js';
import { givenLabels, type GivenLabel } from './given-label.js';
import { LogisticFit, sigmoid } from './logistic-fit.js';

/** Logits of probabilities of 0 and 1 would be infinite. */
const CERTAIN = 1e-7;
/** Each part of the images is told by weights that the others gave. */
const FOLDS = 5;
/** Passes over all weights; more change nothing that matters. */
const SWEEPS = 12;
/** How strongly weights are drawn to 0: precisions of their normal priors. */
const PRECISION = { slope: 10, offset: 1, neighbour: 2 };

/**
 * Probability of each label given the other labels of its image: calibrated, then raised or lowered by which labels
 * occur together and which never do (docs/method.md#labels-in-context). Unknown labels count as not given.
 *
 * @param table out-of-sample probabilities (from a model that was not trained on the image), and the labels as given
 * @returns [N, K] probabilities
 * @throws UsageError `usage/not-a-probability`
 */
export function probabilitiesInContext(table: ScoreTable): Float64Array {
  const { images, classes } = table;
  const labels = [...givenLabels(table)];
  const imagesWith = labels.map(({ images: known, given }) => known.filter((_, i) => given[i] === 1));
  const foldOf = new RandomStream(0, 'label-context').permutation(images).map((place) => place % FOLDS);
  const logits = calibratedLogits(table);
  const probabilities = new Float64Array(logits.length);
  for (const label of labels) {
    const own = Float64Array.from({ length: images }, (_, image) => logits[image * classes + label.index]);
    for (let fold = 0; fold < FOLDS; fold++) {
      const inContext = logitsInContext(label, own, imagesWith, (image) => foldOf[image] !== fold);
      for (let image = 0; image < images; image++) {
        if (foldOf[image] === fold) probabilities[image * classes + label.index] = sigmoid(inContext[image]);
      }
    }
  }
  return probabilities;
}

/** [N, K] logits, with the one slope and the one offset for all labels that fit what is given best. */
function calibratedLogits({ scores, targets }: ScoreTable): Float64Array {
  const logits = scores.map((score) => {
    const p = Math.min(Math.max(score, CERTAIN), 1 - CERTAIN);
    return Math.log(p / (1 - p));
  });
  const known = logits.filter((_, element) => judgement(targets[element]) !== -1);
  const truth = new Uint8Array(known.length);
  let [n, positives] = [0, 0];
  for (let element = 0; element < logits.length; element++) {
    const given = judgement(targets[element]);
    if (given === -1) continue;
    truth[n++] = given;
    positives += given;
  }
  const { slope, offset } = fitSigmoid({ logits: known, truth, positives }, true);
  return logits.map((logit) => slope * logit + offset);
}

/** [N] logits of one label, with weights learned from the images in `learns`. */
function logitsInContext(
  { index, images, given }: GivenLabel,
  logits: Float64Array,
  imagesWith: readonly Uint32Array[],
  learns: (image: number) => boolean,
): Float64Array {
  const truth = new Uint8Array(logits.length);
  const learned = new Uint8Array(logits.length);
  images.forEach((image, i) => {
    truth[image] = given[i];
    learned[image] = Number(learns(image));
  });
  const ofLearned = (rows: Uint32Array) => rows.filter((image) => learned[image]);
  const neighbours = imagesWith
    .filter((_, j) => j !== index)
    .map((rows) => ({ rows, learned: ofLearned(rows), precision: PRECISION.neighbour }));
  const all = Uint32Array.from(logits.keys());
  const own = ofLearned(all);
  // The slope turns about the middle, so that it and the offset do not get in each other's way.
  const middle = own.reduce((sum, row) => sum + logits[row], 0) / Math.max(own.length, 1);
  const line = [
    {
      rows: all,
      learned: own,
      values: logits.map((logit) => logit - middle),
      precision: PRECISION.slope,
    },
    { rows: all, learned: own, precision: PRECISION.offset },
  ];
  return new LogisticFit(logits, truth, [...line, ...neighbours]).run(SWEEPS).logits;
}

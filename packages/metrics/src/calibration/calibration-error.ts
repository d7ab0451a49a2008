import { meanOfNumbers } from '../average-precision/average-precision.js';
import { reliability } from '../curves/reliability.js';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** How far probabilities can be trusted; less is better. Elements that are not judged are in none. */
export interface CalibrationFigures {
  /** `reliability(table).expectedCalibrationError`: of all elements together, 10 intervals of equal width. */
  readonly expectedCalibrationError: number;
  /** Mean over the classes of their own (Kull et al., "Beyond temperature scaling", 2019): elements of rare classes weigh as much. */
  readonly ofClasses: number;
  /** Mean cross-entropy of an element, in nats; a probability of 0 or 1 counts as 1e-15 from it. */
  readonly logLoss: number;
}

/** @throws UsageError `usage/not-a-probability` */
export function calibrationFigures(table: ScoreTable): CalibrationFigures {
  const { scores, targets, images, classes } = table;
  const own = new Float64Array(classes);
  const column = new Float64Array(images);
  const truth = new Float64Array(images);
  for (let k = 0; k < classes; k++) {
    for (let image = 0; image < images; image++) {
      column[image] = scores[image * classes + k];
      truth[image] = targets[image * classes + k];
    }
    own[k] = reliability({ scores: column, targets: truth, images, classes: 1 }).expectedCalibrationError;
  }
  return {
    expectedCalibrationError: reliability(table).expectedCalibrationError,
    ofClasses: meanOfNumbers(own),
    logLoss: logLoss(table),
  };
}

const LEAST = 1e-15;

function logLoss({ scores, targets }: ScoreTable): number {
  let [sum, judged] = [0, 0];
  for (let element = 0; element < scores.length; element++) {
    const truth = judgement(targets[element]);
    if (truth < 0) continue;
    const right = truth ? scores[element] : 1 - scores[element];
    sum -= Math.log(Math.max(right, LEAST));
    judged++;
  }
  return sum / judged;
}

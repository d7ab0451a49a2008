import { meanOfNumbers } from '../average-precision/average-precision.js';
import { reliability } from '../curves/reliability.js';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** Measures of calibration; lower is better. Unknown elements are ignored. */
export interface CalibrationFigures {
  /** `reliability(table).expectedCalibrationError`: over all elements together, with 10 bins of equal width. */
  readonly expectedCalibrationError: number;
  /**
   * Mean of the classes' own expected calibration errors (Kull et al., "Beyond temperature scaling", 2019), so that
   * rare classes weigh as much as common ones.
   */
  readonly ofClasses: number;
  /** Mean cross-entropy of an element, in nats; probabilities are kept 1e-15 away from 0 and 1. */
  readonly logLoss: number;
}

/**
 * Measures the calibration of a table of probabilities.
 *
 * @throws UsageError `usage/not-a-probability`
 */
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

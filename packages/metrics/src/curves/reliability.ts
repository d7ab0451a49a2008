import { assertProbability } from '../scores/assert-probability.js';
import { judgement, type ScoreTable } from '../scores/score-table.js';

/** The decisions with scores in one bin. */
export interface ReliabilityBin {
  /** Bins include `from` and exclude `to`; the last one includes 1. */
  readonly from: number;
  readonly to: number;
  /** Number of decisions. */
  readonly count: number;
  /** Mean score of the decisions; NaN for an empty bin. */
  readonly meanScore: number;
  /** Fraction of the decisions whose label is present; NaN for an empty bin. */
  readonly present: number;
}

export interface Reliability {
  readonly bins: readonly ReliabilityBin[];
  /** Σ over bins of count / all · |present − meanScore|. NaN if there are no known elements. */
  readonly expectedCalibrationError: number;
}

/**
 * Reliability diagram of the scores as probabilities. Each of the N·K decisions is a forecast "the label is present",
 * as in Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using Bayesian Binning" (AAAI 2015),
 * with bins of equal width.
 *
 * @param bins number of bins from 0 to 1 (default 10)
 * @throws UsageError `usage/not-a-probability` if a score is outside [0, 1]
 */
export function reliability(table: ScoreTable, bins = 10): Reliability {
  const { scores, targets, classes } = table;
  const counts = new Float64Array(bins);
  const sums = new Float64Array(bins);
  const present = new Float64Array(bins);
  let judged = 0;
  for (let element = 0; element < scores.length; element++) {
    const truth = judgement(targets[element]);
    if (truth < 0) continue;
    const score = scores[element];
    assertProbability(score, element, classes);
    const bin = Math.min(Math.floor(score * bins), bins - 1);
    counts[bin]++;
    sums[bin] += score;
    present[bin] += truth;
    judged++;
  }
  const gaps = counts.map((_, bin) => Math.abs(present[bin] - sums[bin]));
  return {
    bins: Array.from(counts, (count, bin) => ({
      from: bin / bins,
      to: (bin + 1) / bins,
      count,
      meanScore: sums[bin] / count,
      present: present[bin] / count,
    })),
    expectedCalibrationError: gaps.reduce((sum, gap) => sum + gap, 0) / judged,
  };
}

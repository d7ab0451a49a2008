export {
  AUTHORS_EPSILON,
  averagePrecision,
  averagePrecisions,
  averagePrecisionsSkipEmpty,
  type AveragePrecisions,
  type TieRule,
} from './average-precision/average-precision.js';
export { evaluateScores, type Evaluation, type EvaluationInput } from './evaluate-scores.js';
export { authorsPerImage, type AuthorsPerImage } from './predictions/authors-per-image.js';
export { exactMatch } from './predictions/exact-match.js';
export { precisionRecall, type PrecisionRecall } from './predictions/precision-recall.js';
export {
  predictAtThreshold,
  predictTop,
  type Predictions,
  type ThresholdRule,
} from './predictions/predictions.js';
export { rankedClasses, type RankedClass } from './scores/ranked-class.js';
export { judgement, scoresFromOutputs, scoreTable, type ScoreTable } from './scores/score-table.js';
export { authorsThresholds, bestThresholds, type ClassThresholds } from './thresholds/thresholds.js';

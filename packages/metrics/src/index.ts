export {
  AUTHORS_EPSILON,
  averagePrecision,
  averagePrecisions,
  averagePrecisionsSkipEmpty,
  type AveragePrecisions,
  type TieRule,
} from './average-precision/average-precision.js';
export {
  bootstrapDifference,
  bootstrapEvaluation,
  type BootstrapOptions,
  type ComparedScores,
  type EvaluationIntervals,
} from './bootstrap/bootstrap.js';
export type { Interval } from './bootstrap/interval.js';
export type { DecisionOptions, FigureName } from './bootstrap/weighted-evaluation.js';
export { calibrationFigures, type CalibrationFigures } from './calibration/calibration-error.js';
export { assertCalibration, recalibratedThreshold, type Calibration } from './calibration/calibration.js';
export {
  fitPlatt,
  fitTemperature,
  type LogitTable,
  type PlattCalibration,
} from './calibration/fit-calibration.js';
export {
  overallPrecisionRecallCurve,
  precisionRecallCurve,
  precisionRecallCurves,
  type PrecisionRecallCurve,
} from './curves/precision-recall-curve.js';
export { reliability, type Reliability, type ReliabilityBin } from './curves/reliability.js';
export { scoreHistograms, type ScoreHistogram } from './curves/score-histogram.js';
export { evaluateScores, type Evaluation, type EvaluationInput } from './evaluate-scores.js';
export {
  evaluationDetails,
  HISTOGRAM_STEPS,
  type EvaluationDetails,
  type MistakeLists,
} from './evaluation-details.js';
export { frequencyGroups, type FrequencyBounds, type FrequencyGroup } from './groups/frequency-groups.js';
export { confusedPairs, type ConfusedPair } from './mistakes/confused-pairs.js';
export { confidentJoint, type ConfidentJoint, type TwoByTwo } from './label-issues/confident-joint.js';
export { givenLabels, type GivenLabel } from './label-issues/given-label.js';
export { imageScores, type ImageScoreOptions } from './label-issues/image-scores.js';
export { ISSUE_FILTERS, type IssueFilter } from './label-issues/issue-filters.js';
export {
  imageIssues,
  labelIssues,
  type LabelIssues,
  type LabelIssuesOptions,
} from './label-issues/label-issues.js';
export { labelScores, type LabelScoreMethod, type LabelScoreOptions } from './label-issues/label-scores.js';
export { type NoiseOptions } from './label-issues/noise-counts.js';
export { probabilitiesInContext } from './label-issues/label-context.js';
export {
  contextScores,
  RANKINGS,
  suspicions,
  type Ranking,
  type Suspicion,
} from './label-issues/suspicions.js';
export {
  worstMistakes,
  worstMistakesByClass,
  type Mistake,
  type WorstMistakes,
} from './mistakes/worst-mistakes.js';
export { authorsPerImage, type AuthorsPerImage } from './predictions/authors-per-image.js';
export { decisionCounts, type DecisionCounts } from './predictions/decision-counts.js';
export { exactMatch } from './predictions/exact-match.js';
export { aboveThreshold, best, type LabelScore } from './predictions/label-score.js';
export { precisionRecall, type PrecisionRecall } from './predictions/precision-recall.js';
export {
  predictAtThreshold,
  predictTop,
  type Predictions,
  type ThresholdRule,
} from './predictions/predictions.js';
export { assertNumbers } from './scores/assert-numbers.js';
export { checkedThresholds } from './thresholds/checked-thresholds.js';
export { rankedClasses, type RankedClass } from './scores/ranked-class.js';
export {
  judgement,
  logitsFromOutputs,
  scoresFromOutputs,
  scoreTable,
  type ScoreTable,
} from './scores/score-table.js';
export {
  authorsThresholds,
  bestThresholds,
  chooseThresholds,
  FEW_POSITIVES,
  type ChosenThresholds,
  type ClassThresholds,
} from './thresholds/thresholds.js';

/** What works in a browser: scoring on this thread, without files and other threads. */
export {
  evaluate,
  evaluateKeepingScores,
  modelOutputs,
  type EvaluatedScores,
  type EvaluateOptions,
  type LabellingModel,
  type ModelOutputs,
  type ScoredModel,
} from './evaluate.js';
export { inputShapeOf, networkFor, type ModelNetworks } from './network-for.js';
export { concatenate, predictorOf, type Predictor } from './predictor.js';

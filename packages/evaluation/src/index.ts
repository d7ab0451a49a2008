export {
  evaluate,
  evaluateKeepingScores,
  modelOutputs,
  type EvaluatedScores,
  type EvaluateOptions,
  type ModelOutputs,
} from './evaluate.js';
export { networkFor, type NetworkHolder } from './network-for.js';
export { concatenate, predictorOf, type Predictor } from './predictor.js';

export * from './browser.js';
export { modelDigest, type ModelDigestOptions } from './model-digest.js';
export type { Others } from './score-files/score-rows.js';
export { readScores, type ImageScores, type ReadScoresOptions } from './score-files/read-scores.js';
export { writeScores, type ScoresToWrite } from './score-files/write-scores.js';
export { imageNetwork, type ImageNetwork, type NetworkResult } from './replicas/image-network.js';
export {
  imagesAtOnce,
  runImages,
  runNetwork,
  type NetworkRow,
  type RunImagesOptions,
  type RunNetworkOptions,
} from './replicas/run-network.js';
export { openReplicas, type ReplicasOptions, type ReplicaStart } from './replicas/open-replicas.js';
export {
  chooseToLabel,
  type ImageToLabel,
  type UnlabelledImages,
} from './active-learning/choose-to-label.js';

export * from './browser.js';
export { compareScore, initialSelection, type StopReason } from './selection/selection.js';
export { WeightEma } from './optimisers/weight-ema.js';
export { cacheFeatures, type CacheFeaturesOptions } from './features/cache-features.js';
export type { FeaturesEvent } from './features/features-event.js';
export { assertLearns } from './freezing/head-only.js';
export { checkFit, fit } from './fit/fit.js';
export type { FitOptions, FitResult } from './fit/fit-options.js';
export { startedSettings } from './fit/resolve-settings.js';
export type { AuxiliaryModel } from './fit/trainable-models.js';
export { parameterGroups, type ParameterGroup } from './optimisers/parameter-groups.js';
export { findLearningRate } from './lr-search/find-learning-rate.js';
export type { FindLearningRateInput } from './lr-search/search-options.js';
export type { SearchEvent } from './lr-search/search-event.js';
export { readSearch, type RangePoint, type SearchRecord, type Trial } from './run-folder/search-record.js';
export { checkRangeTestLength } from './lr-search/range-test-length.js';
export { checkValidation } from './lr-search/search-by-trials.js';
export { shouldPrune } from './lr-search/median-pruner.js';
export {
  suggestSettings,
  type Dimension,
  type ScoredSettings,
  type Settings,
  type SuggestOptions,
} from './tuning/suggest-settings.js';
export { RangeTest } from './lr-search/range-test.js';
export { adamw } from './optimisers/adamw.js';
export type {
  BoundOptimiser,
  Gradients,
  Optimiser,
  OptimiserSnapshot,
  StepRates,
} from './optimisers/optimiser.js';
export { radam } from './optimisers/radam.js';
export { rmsprop } from './optimisers/rmsprop.js';
export { sam } from './optimisers/sam.js';
export { sgd } from './optimisers/sgd.js';
export { loadCheckpointWeights } from './run-folder/checkpoint.js';
export { assertSameIdentity } from './run-folder/identity.js';
export { assertOwnFolder, type OwnFolder } from './run-folder/own-folder.js';
export { MetricsLog } from './run-folder/metrics-log.js';
export {
  openRunFolder,
  ROUNDS_FOLDER,
  withRunFolder,
  type ResumePlan,
  type RunFolder,
} from './run-folder/run-folder.js';
export { lockRun } from './run-folder/run-lock.js';
export { replicaCount } from './replicas/replica-count.js';
export type { Round, ShareResult, ShareState, ShareTrainer } from './rounds/round.js';
export { trainShare, type TrainedShare, type TrainShareOptions } from './rounds/train-share.js';
export type { BuildReplica, ReplicaModule, ReplicaParts } from './replicas/replica-module.js';
export { cosineRestarts } from './schedules/cosine-restarts.js';
export { cosine } from './schedules/cosine.js';
export { linearWarmUp } from './schedules/linear-warm-up.js';
export { oneCycle } from './schedules/one-cycle.js';
export { reduceOnPlateau } from './schedules/reduce-on-plateau.js';
export { constant, everyEpoch, type Schedule } from './schedules/schedule.js';
export { multiStep, singleStep } from './schedules/step-decay.js';
export {
  mayDifferOnResume,
  trainingSettingsSchema,
  type TrainingSettings,
  type TrainingSettingsInput,
} from './settings/training-settings.js';
export type { MetricsSink, SinkImage } from './sinks/metrics-sink.js';
export { tensorboardSink } from './sinks/tensorboard/tensorboard-sink.js';
export { trainStep, type StepOptions, type StepResult } from './step/train-step.js';
export { trainableModel, type TrainableModel } from './step/trainable-model.js';

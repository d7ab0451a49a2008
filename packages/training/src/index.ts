export {
  beforeAnyScore,
  judgeScore,
  type Judgement,
  type JudgeOptions,
  type StoppingState,
  type StopReason,
} from './early-stopping/early-stopping.js';
export { WeightEma } from './optimisers/weight-ema.js';
export { cacheFeatures, type CacheFeaturesOptions, type FeatureSource } from './features/cache-features.js';
export type { FeaturesEvent } from './features/features-event.js';
export type { FitEvent } from './fit/fit-event.js';
export { fit, type FitOptions, type FitResult } from './fit/fit.js';
export { startedSettings, type ResolvedSettings } from './fit/resolve-settings.js';
export type { AuxiliaryModel } from './fit/trainable-models.js';
export { freezingFrom, type Freezing, type FreezingSettings, type Frozen } from './freezing/freezing.js';
export { rateFactorOf, type SelectableModel } from './freezing/select-parameters.js';
export { parameterGroups, type GroupOptions, type ParameterGroup } from './optimisers/parameter-groups.js';
export {
  findLearningRate,
  type FindLearningRateInput,
  type FindLearningRateOptions,
} from './lr-search/find-learning-rate.js';
export type { SearchEvent } from './lr-search/search-event.js';
export { readSearch, type RangePoint, type SearchRecord, type Trial } from './run-folder/search-record.js';
export { suggestRate, type ScoredRate, type TpeOptions } from './lr-search/tpe.js';
export type { SearchSpace } from './lr-search/search-space.js';
export {
  rateSearchSchema,
  type RateSearchInput,
  type RateSearchSettings,
} from './settings/rate-search-settings.js';
export { checkRangeTestLength } from './lr-search/range-test-length.js';
export { RangeTest, type RangeTestOptions } from './lr-search/range-test.js';
export { adamw, type AdamWOptions } from './optimisers/adamw.js';
export { clipGradients } from './optimisers/clip-gradients.js';
export type {
  BoundOptimiser,
  Gradients,
  Optimiser,
  OptimiserSnapshot,
  StepRates,
} from './optimisers/optimiser.js';
export { radam, type RAdamOptions } from './optimisers/radam.js';
export { rmsprop, type RmspropOptions } from './optimisers/rmsprop.js';
export { sam, type SamOptions } from './optimisers/sam.js';
export { sgd, type SgdOptions } from './optimisers/sgd.js';
export { loadCheckpointWeights, type Checkpoint } from './run-folder/checkpoint.js';
export { assertSameIdentity, type IdentityOptions } from './run-folder/identity.js';
export { MetricsLog, type EpochMetrics } from './run-folder/metrics-log.js';
export {
  openRunFolder,
  withRunFolder,
  type OpenRunFolderOptions,
  type ResumePlan,
  type RunFolder,
  type SearchFolder,
} from './run-folder/run-folder.js';
export { lockRun } from './run-folder/run-lock.js';
export type { BestWeights } from './run-folder/progress.js';
export { replicaCount } from './replicas/replica-count.js';
export type { BuildReplica, ReplicaModule, ReplicaParts } from './replicas/replica-module.js';
export { constant } from './schedules/constant.js';
export { cosineRestarts, type CosineRestartsOptions } from './schedules/cosine-restarts.js';
export { cosine, type CosineOptions } from './schedules/cosine.js';
export { everyEpoch } from './schedules/every-epoch.js';
export { linearWarmUp, type LinearWarmUpOptions } from './schedules/linear-warm-up.js';
export { oneCycle, type OneCycleOptions } from './schedules/one-cycle.js';
export { reduceOnPlateau, type ReduceOnPlateauOptions } from './schedules/reduce-on-plateau.js';
export type { EpochScores, Schedule, ScheduleMemory, ScheduleState } from './schedules/schedule.js';
export {
  multiStep,
  singleStep,
  type MultiStepOptions,
  type SingleStepOptions,
} from './schedules/step-decay.js';
export { optimiserFrom, scheduleFrom } from './settings/from-settings.js';
export {
  learnerSettingsSchema,
  mayDifferOnResume,
  trainingSettingsSchema,
  type LearnerSettings,
  type LearnerSettingsInput,
  type TrainingSettings,
  type TrainingSettingsInput,
} from './settings/training-settings.js';
export type { MetricsSink, SinkImage } from './sinks/metrics-sink.js';
export { tensorboardSink } from './sinks/tensorboard/tensorboard-sink.js';
export { reduce, type Reduction } from './step/gradients.js';
export { trainStep, type StepOptions, type StepResult } from './step/train-step.js';
export { trainableModel, type TrainableModel } from './step/trainable-model.js';

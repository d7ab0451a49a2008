export { WeightAverage } from './ema/weight-average.js';
export { parameterGroups, type GroupOptions, type ParameterGroup } from './groups/parameter-groups.js';
export { adamw, type AdamWOptions } from './optimisers/adamw.js';
export type {
  BoundOptimiser,
  Gradients,
  Optimiser,
  OptimiserSnapshot,
  StepRates,
} from './optimisers/optimiser.js';
export { clipGradients } from './optimisers/clip-gradients.js';
export { sam, type SamOptions } from './optimisers/sam.js';
export { sgd, type SgdOptions } from './optimisers/sgd.js';
export { constant } from './schedules/constant.js';
export { oneCycle, type OneCycleOptions } from './schedules/one-cycle.js';
export type { Schedule } from './schedules/schedule.js';
export { reduce, type Reduction } from './step/reduction.js';
export { trainStep, type Learner, type LearnerStep, type TrainStepInput } from './step/train-step.js';

import * as z from 'zod';
import {
  COSINE_RESTARTS_DEFAULTS,
  ONE_CYCLE_DEFAULTS,
  PLATEAU_DEFAULTS,
  STEP_DECAY_DEFAULTS,
  WARM_UP_DEFAULTS,
} from '../schedules/defaults.js';

/** Momentum, from 0 to 1. */
const fraction = z.number().min(0).lt(1);
/** Factor of the learning rate at each decay. */
const gamma = z.number().positive().max(1);
const epochs = z.int().positive();
/** Lowest learning rate. */
const minLearningRate = z.number().min(0);
/** Whether the rate changes after each epoch, as the authors' does, or after each step. */
const interval = z.enum(['epoch', 'step']).default('epoch');

const constantSchema = z.strictObject({ name: z.literal('constant') });

const oneCycleSchema = z.strictObject({
  name: z.literal('one-cycle'),
  /** Share of the run in which the rate rises. */
  pctStart: z.number().positive().lt(1).default(ONE_CYCLE_DEFAULTS.pctStart),
  /** The run starts at the peak rate divided by this. */
  divFactor: z.number().min(1).default(ONE_CYCLE_DEFAULTS.divFactor),
  /** The run ends at the starting rate divided by this. */
  finalDivFactor: z.number().min(1).default(ONE_CYCLE_DEFAULTS.finalDivFactor),
  /** Momentum at the peak of the learning rate. */
  baseMomentum: fraction.default(ONE_CYCLE_DEFAULTS.baseMomentum),
  /** Momentum at the start and the end. */
  maxMomentum: fraction.default(ONE_CYCLE_DEFAULTS.maxMomentum),
});

const cosineSchema = z.strictObject({
  name: z.literal('cosine'),
  minLearningRate: minLearningRate.default(0),
  interval,
});

/** What the authors call `cosine_cycle`; lengths in epochs. */
const cosineRestartsSchema = z
  .strictObject({
    name: z.literal('cosine-restarts'),
    /** Length of the first cycle, in epochs. */
    firstCycleEpochs: epochs.default(5),
    /** Length of a cycle, as a multiple of the cycle before. */
    cycleMult: z.number().positive().default(COSINE_RESTARTS_DEFAULTS.cycleMult),
    minLearningRate: minLearningRate.default(1e-5),
    /** Epochs of linear warm-up in each cycle. */
    warmUpEpochs: z.int().min(0).default(0),
    /** Factor of the peak from one cycle to the next. */
    gamma: gamma.default(COSINE_RESTARTS_DEFAULTS.gamma),
    interval,
  })
  .refine(({ firstCycleEpochs, warmUpEpochs }) => warmUpEpochs < firstCycleEpochs, {
    path: ['warmUpEpochs'],
    error: 'must be less than firstCycleEpochs',
  });

const singleStepSchema = z.strictObject({
  name: z.literal('single-step'),
  /** Epochs between two decays. */
  stepSize: epochs.default(20),
  gamma: gamma.default(STEP_DECAY_DEFAULTS.gamma),
});

const multiStepSchema = z.strictObject({
  name: z.literal('multi-step'),
  /** Epochs after which the rate decays. */
  milestones: z.array(epochs).min(1).default([20]),
  gamma: gamma.default(STEP_DECAY_DEFAULTS.gamma),
});

const reduceOnPlateauSchema = z.strictObject({
  name: z.literal('reduce-on-plateau'),
  /** What must improve: the mean training `loss`, or validation `mAP`. */
  metric: z.enum(['loss', 'mAP']).default(PLATEAU_DEFAULTS.metric),
  gamma: gamma.default(PLATEAU_DEFAULTS.gamma),
  /** Epochs without improvement before the rate decays. */
  patience: z.int().min(0).default(PLATEAU_DEFAULTS.patience),
  /** Smallest change that counts as an improvement. */
  threshold: z.number().min(0).default(PLATEAU_DEFAULTS.threshold),
  minLearningRate: minLearningRate.default(1e-5),
  /** If the rate has not decayed by this share of the epochs, it decays then. */
  forcedDecayAfter: z.number().positive().max(1).default(0.75),
});

export const scheduleSchema = z.discriminatedUnion('name', [
  oneCycleSchema,
  constantSchema,
  cosineSchema,
  cosineRestartsSchema,
  singleStepSchema,
  multiStepSchema,
  reduceOnPlateauSchema,
]);

/** Linear warm-up. The schedule that follows is shorter by its epochs. */
export const warmUpSchema = z.strictObject({
  /** Length in epochs. */
  epochs: epochs.default(5),
  /** Starting rate, as a share of the rate at which the schedule starts. */
  startFactor: z.number().min(0).max(1).default(WARM_UP_DEFAULTS.startFactor),
});

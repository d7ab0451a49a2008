import * as z from 'zod';
import {
  COSINE_RESTARTS_DEFAULTS,
  ONE_CYCLE_DEFAULTS,
  PLATEAU_DEFAULTS,
  STEP_DECAY_DEFAULTS,
  WARM_UP_DEFAULTS,
} from '../schedules/defaults.js';

const fraction = z.number().min(0).lt(1);
/** What the rate is multiplied with. */
const gamma = z.number().positive().max(1);
const epochs = z.int().positive();
/** Of a group whose factor is 1. */
const minLearningRate = z.number().min(0);
/** Whether the rate moves with every step, or stands still within each epoch as the authors'. */
const interval = z.enum(['epoch', 'step']).default('epoch');

const constantSchema = z.strictObject({ name: z.literal('constant') });

const oneCycleSchema = z.strictObject({
  name: z.literal('one-cycle'),
  pctStart: z.number().positive().lt(1).default(ONE_CYCLE_DEFAULTS.pctStart),
  divFactor: z.number().min(1).default(ONE_CYCLE_DEFAULTS.divFactor),
  finalDivFactor: z.number().min(1).default(ONE_CYCLE_DEFAULTS.finalDivFactor),
  baseMomentum: fraction.default(ONE_CYCLE_DEFAULTS.baseMomentum),
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
    firstCycleEpochs: epochs.default(5),
    cycleMult: z.number().positive().default(COSINE_RESTARTS_DEFAULTS.cycleMult),
    minLearningRate: minLearningRate.default(1e-5),
    /** Within each cycle. */
    warmUpEpochs: z.int().min(0).default(0),
    /** From one cycle's peak to the next. */
    gamma: gamma.default(COSINE_RESTARTS_DEFAULTS.gamma),
    interval,
  })
  .refine(({ firstCycleEpochs, warmUpEpochs }) => warmUpEpochs < firstCycleEpochs, {
    path: ['warmUpEpochs'],
    error: 'must be less than firstCycleEpochs',
  });

const singleStepSchema = z.strictObject({
  name: z.literal('single-step'),
  stepSize: epochs.default(20),
  gamma: gamma.default(STEP_DECAY_DEFAULTS.gamma),
});

const multiStepSchema = z.strictObject({
  name: z.literal('multi-step'),
  milestones: z.array(epochs).min(1).default([20]),
  gamma: gamma.default(STEP_DECAY_DEFAULTS.gamma),
});

const reduceOnPlateauSchema = z.strictObject({
  name: z.literal('reduce-on-plateau'),
  metric: z.enum(['loss', 'mAP']).default(PLATEAU_DEFAULTS.metric),
  gamma: gamma.default(PLATEAU_DEFAULTS.gamma),
  patience: z.int().min(0).default(PLATEAU_DEFAULTS.patience),
  threshold: z.number().min(0).default(PLATEAU_DEFAULTS.threshold),
  minLearningRate: minLearningRate.default(1e-5),
  /** A rate that was never lowered is lowered after this part of the epochs. */
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

/** A straight rise before the schedule, which then has that many epochs less. */
export const warmUpSchema = z.strictObject({
  epochs: epochs.default(5),
  /** Where it begins, as a part of where the schedule begins. */
  startFactor: z.number().min(0).max(1).default(WARM_UP_DEFAULTS.startFactor),
});

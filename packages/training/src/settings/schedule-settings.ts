import * as z from 'zod';

const fraction = z.number().min(0).lt(1);
/** What the rate is multiplied with. */
const gamma = z.number().positive().max(1).default(0.1);
const epochs = z.int().positive();
/** Of a group whose factor is 1. */
const minLearningRate = z.number().min(0);
/** Whether the rate moves with every step, or stands still within each epoch as the authors'. */
const interval = z.enum(['epoch', 'step']).default('epoch');

const constantSettings = z.strictObject({ name: z.literal('constant') });

const oneCycleSettings = z.strictObject({
  name: z.literal('one-cycle'),
  pctStart: z.number().positive().lt(1).default(0.2),
  divFactor: z.number().min(1).default(100),
  finalDivFactor: z.number().min(1).default(1000),
  baseMomentum: fraction.default(0.85),
  maxMomentum: fraction.default(0.95),
});

const cosineSettings = z.strictObject({
  name: z.literal('cosine'),
  minLearningRate: minLearningRate.default(0),
  interval,
});

/** What the authors call `cosine_cycle`; lengths in epochs. */
const cosineRestartsSettings = z
  .strictObject({
    name: z.literal('cosine-restarts'),
    firstCycleEpochs: epochs.default(5),
    cycleMult: z.number().positive().default(1),
    minLearningRate: minLearningRate.default(1e-5),
    /** Within each cycle. */
    warmUpEpochs: z.int().min(0).default(0),
    /** From one cycle's peak to the next. */
    gamma: z.number().positive().max(1).default(1),
    interval,
  })
  .refine(({ firstCycleEpochs, warmUpEpochs }) => warmUpEpochs < firstCycleEpochs, {
    path: ['warmUpEpochs'],
    error: 'must be less than firstCycleEpochs',
  });

const singleStepSettings = z.strictObject({
  name: z.literal('single-step'),
  stepSize: epochs.default(20),
  gamma,
});

const multiStepSettings = z.strictObject({
  name: z.literal('multi-step'),
  milestones: z.array(epochs).min(1).default([20]),
  gamma,
});

const reduceOnPlateauSettings = z.strictObject({
  name: z.literal('reduce-on-plateau'),
  metric: z.enum(['loss', 'mAP']).default('loss'),
  gamma,
  patience: z.int().min(0).default(5),
  threshold: z.number().min(0).default(2e-4),
  minLearningRate: minLearningRate.default(1e-5),
  /** A rate that was never lowered is lowered after this part of the epochs. */
  forcedDecayAfter: z.number().positive().max(1).default(0.75),
});

export const scheduleSettings = z.discriminatedUnion('name', [
  oneCycleSettings,
  constantSettings,
  cosineSettings,
  cosineRestartsSettings,
  singleStepSettings,
  multiStepSettings,
  reduceOnPlateauSettings,
]);

/** A straight rise before the schedule, which then has that many epochs less. */
export const warmUpSettings = z.strictObject({
  epochs: epochs.default(5),
  /** Where it begins, as a part of where the schedule begins. */
  startFactor: z.number().min(0).max(1).default(0.1),
});

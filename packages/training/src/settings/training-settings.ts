import * as z from 'zod';
import { heapSchema } from './heap-bytes.js';
import { optimiserSchema, samSchema } from './optimiser-settings.js';
import { scheduleSchema, warmUpSchema } from './schedule-settings.js';

const fraction = z.number().min(0).lt(1);

/**
 * How to train. The defaults are the paper's settings for COCO (docs/method.md#settings): SAM around SGD, learning
 * rate 0.007 for batches of 84 images, one cycle over 60 epochs, weight average 0.9997, the loss summed.
 */
export const trainingSettingsSchema = z.strictObject({
  epochs: z.int().positive().default(60),
  /** The peak, of a group whose factor is 1. Tuned to the summed loss: it grows with batch and labels. */
  learningRate: z.number().positive().default(0.007),
  weightDecay: z.number().min(0).default(5e-4),
  /** Decay matrices and kernels only, and let biases learn at twice the rate. */
  noBiasDecay: z.boolean().default(true),
  /** Parts that do not learn: `backbone`, `head`, or the beginning of a layer's name up to a dot. */
  freeze: z.array(z.string().min(1)).default([]),
  /** Epochs at the start in which the backbone is frozen and only the head learns. */
  freezeEpochs: z.int().min(0).default(0),
  /** Frozen batch norms normalise by their `running` statistics and leave them alone; or by the `batch`, and move them. */
  frozenBatchNorm: z.enum(['running', 'batch']).default('running'),
  /** Part to what its learning rate is multiplied with, e.g. `backbone: 0.1`. The longest layer name decides. */
  rateFactors: z.record(z.string(), z.number().positive()).default({}),
  /**
   * Layer-wise decay of the learning rate: each numbered part of the backbone (a block of a vision transformer, a stage of
   * another network) learns so much slower than the one after it. Times `rateFactors`; 1 is off.
   */
  layerDecay: z.number().gt(0).max(1).default(1),
  optimiser: optimiserSchema.prefault({ name: 'sgd' }),
  /** Sharpness-aware minimisation around the optimiser: two passes a step. */
  sam: z.union([z.literal(false), samSchema]).prefault({}),
  /** The one cycle sets momentum (or beta1) too. */
  schedule: scheduleSchema.prefault({ name: 'one-cycle' }),
  /** A straight rise of the learning rate before the schedule. */
  warmUp: z.union([z.literal(false), warmUpSchema]).default(false),
  /** Evaluate, and keep when better, an average of the weights of the last 1/(1 − decay) steps or so. */
  ema: z.union([z.literal(false), z.strictObject({ decay: fraction.default(0.9997) })]).prefault({}),
  /**
   * Stop when mAP has not exceeded a smoothed reference in `patience` evaluations, once the learning rate has peaked,
   * or is 1. Without validation data nothing stops.
   */
  earlyStopping: z
    .union([z.literal(false), z.strictObject({ patience: z.int().positive().default(5) })])
    .prefault({}),
  reduction: z.enum(['sum', 'mean']).default('sum'),
  /** Largest global gradient norm; 0 is off. With SAM it limits the first pass only. */
  clipGradient: z.number().min(0).default(0),
  /**
   * Threads that share each batch, for a core each; every count has numbers of its own, as batch norm sees the shares.
   * `auto`: one for each usable core that gets at least 8 images of a batch.
   */
  replicas: z.union([z.literal('auto'), z.int().positive()]).default(1),
  /**
   * Images of a replica's share that memory holds at once, at most; gradients of even parts are added up to that of the
   * batch. Batch norm sees one part at a time. `auto`: as many as `maxHeap` has room for.
   */
  microBatch: z.union([z.literal('auto'), z.int().positive()]).default('auto'),
  /** What the WebAssembly heap of each replica may grow to when `microBatch` is `auto`: bytes, or e.g. `2GB`. */
  maxHeap: heapSchema.default('3.5GB'),
  /** Evaluate after every n-th epoch, and after the last. */
  evaluateEvery: z.int().positive().default(1),
  /** Save a checkpoint after every n-th step, besides the one after each epoch; 0 is off. */
  checkpointEvery: z.int().min(0).default(0),
  /** Keep the checkpoint of every n-th epoch beside the last one and the best weights; 0 keeps none. */
  keepEvery: z.int().min(0).default(0),
});

/** Settings that a run may be resumed with other values of: no weight and no score depends on them. */
export const mayDifferOnResume: readonly (keyof TrainingSettings)[] = [
  'checkpointEvery',
  'keepEvery',
  'maxHeap',
];

/** Settings that each of several models that learn together may have of its own. */
export const modelTrainingSchema = trainingSettingsSchema.pick({
  optimiser: true,
  sam: true,
  schedule: true,
  warmUp: true,
  weightDecay: true,
  noBiasDecay: true,
  freeze: true,
  freezeEpochs: true,
  frozenBatchNorm: true,
  rateFactors: true,
  layerDecay: true,
  clipGradient: true,
});

export type ModelTrainingSettings = z.output<typeof modelTrainingSchema>;
export type ModelTrainingInput = z.input<typeof modelTrainingSchema>;

/** Settings with their defaults filled in. */
export type TrainingSettings = z.output<typeof trainingSettingsSchema>;
/** Settings as a config file or a caller gives them. */
export type TrainingSettingsInput = z.input<typeof trainingSettingsSchema>;

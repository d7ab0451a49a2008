import * as z from 'zod';
import { heapSchema } from './heap-bytes.js';
import { machinesSchema } from './machines-settings.js';
import { optimiserSchema, samSchema } from './optimiser-settings.js';
import { scheduleSchema, warmUpSchema } from './schedule-settings.js';

/** Off (`false`), on with every default (`true`), or on with these settings. */
export const switchable = <Settings extends z.ZodObject>(settings: Settings) =>
  z.union([z.literal(false), z.literal(true).transform(() => settings.parse({})), settings]);

const fraction = z.number().min(0).lt(1);

const emaSchema = z.strictObject({
  /** Averages over about the last 1/(1 − decay) steps. Use 0.99 for short runs. */
  decay: fraction.default(0.9997),
});
const earlyStoppingSchema = z.strictObject({
  /** Evaluations without improvement before a run stops. */
  patience: z.int().positive().default(5),
});

/**
 * How to train. The defaults are the paper's settings for COCO (docs/method.md#settings): SAM around SGD, learning
 * rate 0.007 for batches of 84 images, one cycle over 60 epochs, weight average 0.9997, the loss summed.
 */
export const trainingSettingsSchema = z.strictObject({
  /** Passes over the training images. */
  epochs: z.int().positive().default(60),
  /** Peak learning rate. The loss is summed over batch and labels, so larger batches need a smaller rate. */
  learningRate: z.number().positive().default(0.007),
  /** L2 penalty on the weights. */
  weightDecay: z.number().min(0).default(5e-4),
  /** Applies weight decay to matrices and kernels only, and doubles the learning rate of biases. */
  noBiasDecay: z.boolean().default(true),
  /** Parts that are not trained: `backbone`, `head`, or the start of a layer name up to a dot. */
  freeze: z.array(z.string().min(1)).default([]),
  /** Number of epochs at the start in which only the head is trained. */
  freezeEpochs: z.int().min(0).default(0),
  /** Statistics of frozen batch norms: the `running` ones, which stay fixed, or those of each `batch`, which update the running ones. */
  frozenBatchNorm: z.enum(['running', 'batch']).default('running'),
  /** Factors of the learning rate by part, e.g. `{ backbone: 0.1 }`. The longest matching name applies. */
  rateFactors: z.record(z.string(), z.number().positive()).default({}),
  /**
   * Layer-wise decay of the learning rate: each block of the backbone has this factor of the rate of the block after it,
   * on top of `rateFactors`. 1 is off.
   */
  layerDecay: z.number().gt(0).max(1).default(1),
  /** The optimiser and its settings. */
  optimiser: optimiserSchema.prefault({ name: 'sgd' }),
  /** Sharpness-aware minimisation (SAM). It takes two passes a step. `false` turns it off. */
  sam: switchable(samSchema).prefault({}),
  /** Schedule of the learning rate. `one-cycle` also sets momentum (or beta1). Lengths are in epochs. */
  schedule: scheduleSchema.prefault({ name: 'one-cycle' }),
  /** Linear warm-up of the learning rate before the schedule. */
  warmUp: switchable(warmUpSchema).default(false),
  /** Moving average of the weights. It is evaluated too, and kept as the best model if it scores higher. */
  ema: switchable(emaSchema).prefault({}),
  /**
   * Stops when mAP has not improved on a smoothed reference for some evaluations after the peak of the learning rate, or
   * when mAP is 1. Without validation data it does nothing.
   */
  earlyStopping: switchable(earlyStoppingSchema).prefault({}),
  /** How the costs of batch and labels become one loss. `mean` divides by their number; use a larger learning rate then. */
  reduction: z.enum(['sum', 'mean']).default('sum'),
  /** Largest norm of the gradient of all weights. 0 is off. With SAM it limits the first pass only. */
  clipGradient: z.number().min(0).default(0),
  /**
   * Threads that share each batch, one a core. `auto`: as many as there are cores, with at least 8 images each. Another
   * number changes the results slightly, since batch norm sees the images of one thread at a time.
   */
  replicas: z.union([z.literal('auto'), z.int().positive()]).default(1),
  /**
   * Trains on several machines by rounds: workers take shares of each batch, train some steps alone, and their weights are
   * merged. A number is that of the shares. Same shares, same weights, however many workers there are.
   */
  machines: z
    .union([
      z.literal(false),
      z.int().positive().transform((shares) => machinesSchema.parse({ shares })), // prettier-ignore
      machinesSchema,
    ])
    .default(false),
  /**
   * Most images in memory at once in each replica. Gradients are accumulated over the batch. `auto`: as many as fit into
   * `maxHeap`. Batch norm sees one micro-batch at a time, so another number changes the results slightly.
   */
  microBatch: z.union([z.literal('auto'), z.int().positive()]).default('auto'),
  /** Memory limit of each replica for `microBatch: auto`: bytes, or e.g. `2GB`. A WebAssembly heap has at most 4 GB. */
  maxHeap: heapSchema.default('3.5GB'),
  /** Evaluates after every n epochs, and after the last. */
  evaluateEvery: z.int().positive().default(1),
  /** Saves a checkpoint every n steps, besides the one after each epoch. 0 is off. */
  checkpointEvery: z.int().min(0).default(0),
  /** Keeps the checkpoint of every n epochs, besides the last one and the best weights. 0 keeps none. */
  keepEvery: z.int().min(0).default(0),
});

/** Settings that may change when a run is resumed, because no weight or score depends on them. */
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

/** Settings with defaults. */
export type TrainingSettings = z.output<typeof trainingSettingsSchema>;
/** Settings in a config file or call, before defaults. */
export type TrainingSettingsInput = z.input<typeof trainingSettingsSchema>;

import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { NORMALISATION_NAMES } from '@polytag/core';
import { augmentationSchema } from '@polytag/datasets/augmentation';
import { modelConfigSchema, partReferenceSchema, type PartReference } from '@polytag/model/config';
import {
  modelTrainingSchema,
  rateSearchSchema,
  trainingSettingsSchema,
  type TrainingSettings,
} from '@polytag/training/settings';

const channels = z.tuple([z.number(), z.number(), z.number()]);

/** Where photographs and labels come from, and what is done to them. */
export const dataSchema = z.strictObject({
  /** Folder of the label files; images are named relative to their label file. */
  root: z.string().default('.'),
  train: z.string().default('train.json'),
  /** `null` trains without a validation part: no score, the last weights are kept as best. */
  val: z.string().nullable().default('val.json'),
  /** Draws the built-in data set into `root` when it is not there yet. */
  scenes: z
    .strictObject({
      train: z.int().positive().default(2000),
      validation: z.int().positive().default(500),
      seed: z.int().default(1),
      size: z.int().min(32).default(128),
    })
    .optional(),
  /** Of the network's images; a model folder may ask for no larger ones. */
  height: z.int().min(32).max(2048).default(224),
  width: z.int().min(32).max(2048).default(224),
  /**
   * How an image comes to height and width: `stretch`, bilinearly; or `crop`, as most published weights were evaluated: its
   * shorter side is resized to 256/224 of the larger of the two, or to so many pixels, bicubically with antialiasing, and the
   * middle taken.
   */
  resize: z
    .union([z.enum(['stretch', 'crop']), z.strictObject({ shortSide: z.int().min(32).max(2048) })])
    .default('stretch'),
  /** Default: what the backbone's weights were trained with. */
  normalisation: z
    .union([z.enum(NORMALISATION_NAMES), z.strictObject({ mean: channels, std: channels })])
    .optional(),
  /** Probability of a left-right mirror image in training. */
  flip: z.number().min(0).max(1).default(0.5),
  /**
   * Which training images an epoch has: each once (`shuffle`), or those of rare labels more often (`balanced`), by default
   * labels that fewer images have than the median label.
   */
  sampler: z
    .union([
      z.enum(['shuffle', 'balanced']),
      z.strictObject({ name: z.literal('balanced'), threshold: z.number().gt(0).max(1).optional() }),
    ])
    .default('shuffle'),
  /** Other changes of training images, and mixtures of them; all off by default. */
  augment: augmentationSchema.prefault({}),
  /** Decoding threads; 0 decodes on the main thread. */
  workers: z.int().min(0).default(1),
  /** Batches decoded ahead of the engine; bounds the memory held by images. */
  prefetchBatches: z.int().min(1).default(2),
  /** A label that is not in `classes`: stop, or leave it out. */
  unknownLabels: z.enum(['error', 'ignore']).default('error'),
  /** Images that cannot be used: all are named before training starts, then the run stops, or goes without them. */
  badImages: z.enum(['fail', 'skip']).default('fail'),
  /**
   * How many of a label file's images may be skipped: a share of them (below 1) or a number. Default: a twentieth, or 5
   * where that is more. A half of them is never skipped.
   */
  maxBadImages: z.union([z.number().gt(0).lt(1), z.int().min(1)]).optional(),
  /** The most pixels of an image; each allows 4.4 bytes of memory to decode it. */
  maxPixels: z.int().positive().default(64_000_000),
});

const modelSchema = modelConfigSchema.extend({
  /**
   * Initial weights: a `.pth`, `.safetensors` or `.npz` file with the published keys, its address on the web, or the name
   * of published weights of the backbone, e.g. `imagenet`.
   */
  weights: z.string().min(1).optional(),
  /** SHA-256 of that file where it is fetched, or the first digits of it. Default: as it is published. */
  weightsSha256: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/i, 'expected 8 to 64 hexadecimal digits')
    .optional(),
  /**
   * The file's classes in its order, where it does not say them: their names, a file of them, or `sorted` when they are
   * this run's labels in their order.
   */
  weightsLabels: z
    .union([z.literal('sorted'), z.array(z.union([z.string(), z.int()])).min(1), z.string().min(1)])
    .optional(),
  /** Where a `.pth` file keeps them, e.g. `ema`, or `ema.state_dict`. Default: `state_dict`, `model` or the whole file. */
  weightsContainer: z.string().min(1).optional(),
  /** What that file must hold: the `backbone`, so that a classifier of other labels is left out; or `all`. */
  expectWeights: z.enum(['backbone', 'all']).default('backbone'),
});

/** A model that learns beside the main one. The main model's settings are its own where `training` does not say else. */
const auxiliarySchema = modelSchema.extend({ training: modelTrainingSchema.prefault({}) });

/** Whether weights are named, not given by path or address. */
export const isWord = (weights: string): boolean => /^[\w-]+$/.test(weights);

export type ModelSection = z.output<typeof modelSchema>;
export type AuxiliarySection = z.output<typeof auxiliarySchema>;

const featuresSchema = z.strictObject({
  /** Folder that keeps features, for any number of runs. Default: `features` beside the run folder. */
  cache: z.string().min(1).optional(),
  /** Changed views of each image. Needed where `data.augment` changes images in more ways than the mirror image. */
  views: z.int().positive().optional(),
});

const keysSchema = z.strictObject({
  seed: z.int().min(0).default(5),
  engine: z.enum(['wasm', 'cpu', 'webgpu']).default('wasm'),
  /**
   * Native kernels of the engine `wasm`, which compute the same bits: `auto` takes them where they run, `true` demands
   * them, `false` does without.
   */
  native: z.union([z.literal('auto'), z.boolean()]).default('auto'),
  data: dataSchema.prefault({}),
  model: modelSchema,
  /** Default: one on what the head gives. */
  loss: partReferenceSchema.optional(),
  log: z
    .strictObject({
      /** TensorBoard event files in `tensorboard/` of the run folder. */
      tensorboard: z.boolean().default(true),
    })
    .prefault({}),
  training: trainingSettingsSchema
    .extend({
      batchSize: z.int().min(1).default(32),
      /** A search before the run, whose result takes the place of `learningRate`. */
      findLearningRate: z.union([z.literal(false), rateSearchSchema]).default(false),
      /** Runs the backbone once over all images, frozen, and trains the head on what it made of them. */
      features: z
        .union([z.literal(false), z.literal(true).transform(() => featuresSchema.parse({})), featuresSchema])
        .default(false),
    })
    .prefault({}),
  /** Mutual learning: models that learn from the same batches and from each other. In a file an entry may be a path. */
  mutual: z.strictObject({ models: z.array(auxiliarySchema).default([]) }).prefault({}),
});

/** One training run: the whole config file. Every key has a default but the model's parts. */
export const runConfigSchema = keysSchema.transform(
  ({ seed, engine, native, data, model, loss, ...others }) => ({
    seed,
    engine,
    native,
    data,
    model,
    loss: loss ?? { name: defaultLoss(model.head) },
    ...others,
  }),
);

/** `aam-asl` is on cosines, `asl` on logits, which built-in heads give unless `space` says otherwise. */
function defaultLoss(head: PartReference): string {
  const space = head.options?.['space'] ?? ('name' in head ? 'logits' : 'cosines');
  return space === 'logits' ? 'asl' : 'aam-asl';
}

export type RunConfig = z.output<typeof runConfigSchema>;

/** What `fit` takes of `training`; the rest is the trainer's. */
export function loopSettings(training: RunConfig['training']): TrainingSettings {
  const entries = Object.entries(training).filter(([key]) => key in trainingSettingsSchema.shape);
  return Object.fromEntries(entries) as TrainingSettings;
}

/** How the batch sources draw training images. */
export function balancedSampling({
  sampler,
}: RunConfig['data']): { readonly threshold?: number } | undefined {
  if (sampler === 'shuffle') return undefined;
  return sampler === 'balanced' ? {} : { threshold: sampler.threshold };
}

/** Where a label file of a config is. */
export const labelFilePath = ({ root }: { readonly root: string }, file: string): string =>
  isAbsolute(file) ? file : join(root, file);

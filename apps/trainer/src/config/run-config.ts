import { isAbsolute, join } from 'node:path';
import * as z from 'zod';
import { NORMALISATION_NAMES } from '@polytag/core';
import { augmentationSchema } from '@polytag/datasets/augmentation';
import { modelConfigSchema, partReferenceSchema, type PartReference } from '@polytag/model/config';
import {
  modelTrainingSchema,
  rateSearchSchema,
  switchable,
  trainingSettingsSchema,
  type TrainingSettings,
} from '@polytag/training/settings';

const channels = z.tuple([z.number(), z.number(), z.number()]);

const normalisationSchema = z.strictObject({
  /** Mean of red, green and blue, for pixels from 0 to 1. */
  mean: channels,
  /** Standard deviation of red, green and blue, for pixels from 0 to 1. */
  std: channels,
});

/** Where photographs and labels come from, and what is done to them. */
export const dataSchema = z.strictObject({
  /** Folder of the label files. Image paths are relative to their label file. */
  root: z.string().default('.'),
  /** Label file to train on. */
  train: z.string().default('train.json'),
  /** Label file to score on. `null` trains without validation: there is no score, and the last weights are kept as the best. */
  val: z.string().nullable().default('val.json'),
  /** Draws the built-in data set into `root`, unless it is already there. */
  scenes: z
    .strictObject({
      /** Training images to draw. */
      train: z.int().positive().default(2000),
      /** Validation images to draw. */
      validation: z.int().positive().default(500),
      /** The same seed draws the same scenes. */
      seed: z.int().default(1),
      /** Height and width of a scene, in pixels. */
      size: z.int().min(32).default(128),
    })
    .optional(),
  /** Height in pixels of the images that the network sees. */
  height: z.int().min(32).max(2048).default(224),
  /** Width in pixels of the images that the network sees. */
  width: z.int().min(32).max(2048).default(224),
  /**
   * How images are resized. `stretch`: bilinear, to height x width, ignoring the aspect ratio. `crop`: bicubic with
   * antialiasing, the shorter side to 256/224 of the larger of height and width, or to `shortSide`; then the centre is
   * cropped. Most published weights were evaluated with `crop`.
   */
  resize: z
    .union([
      z.enum(['stretch', 'crop']),
      z.strictObject({
        /** Pixels of the shorter side before the crop. */ shortSide: z.int().min(32).max(2048),
      }),
    ])
    .default('stretch'),
  /** Normalisation of pixels. Default: the one that the backbone's weights were trained with. */
  normalisation: z.union([z.enum(NORMALISATION_NAMES), normalisationSchema]).optional(),
  /** Probability that a training image is mirrored left to right. */
  flip: z.number().min(0).max(1).default(0.5),
  /** Training images of an epoch: each once (`shuffle`), or images of rare labels more often (`balanced`). */
  sampler: z
    .union([
      z.enum(['shuffle', 'balanced']),
      z.strictObject({
        name: z.literal('balanced'),
        /** A label is rare if a smaller share of the images has it. Default: the share of the median label. */
        threshold: z.number().gt(0).max(1).optional(),
      }),
    ])
    .default('shuffle'),
  /** Other augmentation of training images. All of it is off by default. */
  augment: augmentationSchema.prefault({}),
  /** Threads that decode images. 0 decodes on the main thread. */
  workers: z.int().min(0).default(1),
  /** Batches that are decoded ahead. A larger number takes more memory. */
  prefetchBatches: z.int().min(1).default(2),
  /** What to do with a label that is not in `classes`: stop with an error, or ignore the label. */
  unknownLabels: z.enum(['error', 'ignore']).default('error'),
  /** What to do with images that cannot be used: stop, or train without them. All of them are listed before training starts. */
  badImages: z.enum(['fail', 'skip']).default('fail'),
  /**
   * How many images of a label file may be skipped: a share (below 1) or a number. Default: 5 %, at least 5 images. Half
   * of the images or more are never skipped.
   */
  maxBadImages: z.union([z.number().gt(0).lt(1), z.int().min(1)]).optional(),
  /** Largest number of pixels of an image. Decoding may take 4.4 bytes for each pixel allowed here. */
  maxPixels: z.int().positive().default(64_000_000),
});

const modelSchema = modelConfigSchema.extend({
  /**
   * Initial weights: the name of published weights of the backbone, e.g. `imagenet`; a `.pth`, `.safetensors` or `.npz`
   * file with the published keys; its web address; or a run or model folder.
   */
  weights: z.string().min(1).optional(),
  /** SHA-256 of a downloaded file, or at least its first 8 digits. Default: the published checksum. */
  weightsSha256: z
    .string()
    .regex(/^[0-9a-f]{8,64}$/i, 'expected 8 to 64 hexadecimal digits')
    .optional(),
  /**
   * Class names in the order of the weights file, if the file does not contain them: a list, a file with one name a line,
   * or `sorted` if they are the labels of this run in sorted order.
   */
  weightsLabels: z
    .union([z.literal('sorted'), z.array(z.union([z.string(), z.int()])).min(1), z.string().min(1)])
    .optional(),
  /** Key of the weights inside the file, e.g. `ema` or `ema.state_dict`. Default: `state_dict`, `model`, or the whole file. */
  weightsContainer: z.string().min(1).optional(),
  /** What must fit: the `backbone` (the head is loaded if it fits) or `all` weights. */
  expectWeights: z.enum(['backbone', 'all']).default('backbone'),
});

/** A model that learns beside the main one. `training` overrides settings of the main model. */
const auxiliarySchema = modelSchema.extend({ training: modelTrainingSchema.prefault({}) });

/** Whether weights are named, not given by path or address. */
export const isWord = (weights: string): boolean => /^[\w-]+$/.test(weights);

export type ModelSection = z.output<typeof modelSchema>;

const featuresSchema = z.strictObject({
  /** Folder for cached features. Several runs may share it. Default: `features` beside the run folder. */
  cache: z.string().min(1).optional(),
  /** Augmented views to cache of each image. Needed if `data.augment` does more than mirror images. */
  views: z.int().positive().optional(),
});

const keysSchema = z.strictObject({
  /** Seed of everything random. The same config, seed and data give the same weights. */
  seed: z.int().min(0).default(5),
  /** Where tensors are computed (docs/engines.md). */
  engine: z.enum(['wasm', 'cpu', 'webgpu']).default('wasm'),
  /** Native kernels for the engine `wasm`: faster, with the same bits. `auto` uses them if they run on this machine, `true` stops if they do not. */
  native: z.union([z.literal('auto'), z.boolean()]).default('auto'),
  data: dataSchema.prefault({}),
  model: modelSchema,
  /** Loss: `{ name, options }` of a built-in loss, or `{ module, options }`. Default: `aam-asl` for cosines, `asl` for logits. */
  loss: partReferenceSchema.optional(),
  log: z
    .strictObject({
      /** Writes TensorBoard event files to `tensorboard/` in the run folder. */
      tensorboard: z.boolean().default(true),
    })
    .prefault({}),
  training: trainingSettingsSchema
    .extend({
      /** Images of a training step. */
      batchSize: z.int().min(1).default(32),
      /** Searches for the learning rate before training, and uses it in place of `learningRate`. */
      findLearningRate: z.union([z.literal(false), rateSearchSchema]).default(false),
      /** Freezes the backbone, computes its features once, and trains only the head on them. */
      features: switchable(featuresSchema).default(false),
    })
    .prefault({}),
  /** Mutual learning: models that learn from the same batches and from each other. In a file an entry may be a path. */
  mutual: z
    .strictObject({
      /** Model sections, or paths of configs. */
      models: z.array(auxiliarySchema).default([]),
    })
    .prefault({}),
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

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * A run of some seconds with everything in it that a checkpoint must keep: SAM with momentum, one cycle, weight
 * average, dropout, a shuffled and mirrored data set on a decoding thread, a checkpoint after each step.
 */
const config = {
  seed: 7,
  data: { root: 'data', scenes: { train: 24, validation: 8, size: 32 }, height: 32, width: 32, workers: 1 },
  model: {
    backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
    head: {
      name: 'ml-decoder',
      options: { space: 'cosines', scale: 17, embedding: 32, feedForward: 32, heads: 2 },
    },
  },
  loss: { name: 'aam-asl' },
  training: {
    epochs: 3,
    batchSize: 4,
    learningRate: 0.01,
    sam: {},
    ema: { decay: 0.9 },
    checkpointEvery: 1,
    keepEvery: 2,
  },
};

/** What the run has besides. */
export interface SmallRunOptions {
  /** Threads that share each batch. Default 1. */
  readonly replicas?: number;
  /** Every augmentation of images, and mixtures of them, on two decoding threads. Default false. */
  readonly augment?: boolean;
  /** Another model that learns with it. Default false. */
  readonly mutual?: boolean;
  /** Images of rare labels more often, and positives weighed by their number. Default false. */
  readonly balanced?: boolean;
  /** Cross-validation with so many folds. Default: one run. */
  readonly folds?: number;
}

const augmentation = {
  augment: {
    crop: true,
    randAugment: true,
    colourJitter: true,
    cutout: true,
    mix: { name: 'cutmix', probability: 0.5 },
  },
  workers: 2,
};

const auxiliary = {
  backbone: { name: 'mobilenet-v3-small', options: { widthMultiplier: 0.25 } },
  head: { name: 'linear', options: { space: 'cosines', scale: 10 } },
  training: { optimiser: { name: 'adamw' }, schedule: { name: 'constant' } },
};

/** Writes the config into a folder and gives its path; the data set is drawn there by the first run. */
export async function writeSmallRun(
  folder: string,
  { replicas = 1, augment = false, mutual = false, balanced = false, folds }: SmallRunOptions = {},
): Promise<string> {
  const path = join(folder, 'run.yaml'); // JSON is YAML.
  const run = {
    ...config,
    data: {
      ...config.data,
      ...(augment && augmentation),
      ...(balanced && { sampler: 'balanced' }),
      ...(folds !== undefined && { val: null }),
    },
    ...(balanced && { loss: { ...config.loss, options: { positiveWeight: 'balanced' } } }),
    training: { ...config.training, replicas },
    ...(mutual && { mutual: { models: [auxiliary] } }),
  };
  await writeFile(path, JSON.stringify(run));
  return path;
}

import { basename, dirname, relative, resolve } from 'node:path';
import { normalisationName } from '@polytag/core';
import { publishedWeights } from '@polytag/model/config';
import { FEATURES_RECIPE } from '@polytag/training/features-recipe';
import { Option } from 'commander';
import type { ModelSection } from './run-config.js';

/** What `fit` and `init` make of label files alone. */
const recipes = {
  /** Random weights: needs nothing but the photographs, and many of them. */
  scratch: {
    model: {
      backbone: { name: 'mobilenet-v3-small' },
      head: { name: 'linear', options: { space: 'cosines', scale: 23 } },
    },
    loss: { name: 'aam-asl' },
    training: {
      epochs: 30,
      learningRate: 0.02,
      schedule: { name: 'one-cycle' },
      sam: false,
      ema: { decay: 0.99 },
    },
  },
  features: FEATURES_RECIPE,
  /**
   * More of the same (`configs/real/voc-pool-features-best.yaml`): the backbone sees each image at two sizes and mirrored, and
   * dropout stands before the classifier. The features take four to five times as long.
   */
  'features-best': {
    data: { height: 384, width: 384, flip: 0 },
    model: {
      backbone: { name: 'mobilenet-v3-small' },
      views: { scales: [0.75, 1], mirrored: true },
      head: { name: 'linear', options: { space: 'logits', dropout: 0.5 } },
      weights: 'imagenet',
    },
    loss: { name: 'bce' },
    training: {
      epochs: 15,
      batchSize: 64,
      learningRate: 4e-4,
      features: true,
      schedule: { name: 'one-cycle' },
      sam: false,
      earlyStopping: false,
      ema: { decay: 0.99 },
    },
  },
  /**
   * Goes on from a run of `features` in `runs/features`: the head learns for an epoch more, then the backbone with it, at a
   * fiftieth of its rate.
   */
  finetune: {
    data: { height: 288, width: 288 },
    model: {
      // What the published weights of `features` ask for: the run has them in its network.
      backbone: { name: 'mobilenet-v3-small', options: publishedOptions('mobilenet-v3-small', 'imagenet') },
      head: { name: 'linear', options: { space: 'cosines', scale: 23 } },
      weights: 'runs/features',
      expectWeights: 'all',
    },
    loss: { name: 'aam-asl', options: { margin: 0, k: 0.7, gammaNeg: 0, gammaPos: 0 } },
    training: {
      epochs: 8,
      batchSize: 32,
      learningRate: 1e-3,
      freezeEpochs: 1,
      rateFactors: { backbone: 0.02 },
      schedule: { name: 'one-cycle' },
      sam: false,
      earlyStopping: false,
      ema: { decay: 0.99 },
    },
  },
  /** The authors' settings of their experiments (docs/method.md#settings), for VOC: `configs/paper`. */
  paper: {
    data: {
      height: 448,
      width: 448,
      normalisation: 'half',
      flip: 0.5,
      augment: { randAugment: true, cutout: { probability: 0.5, factor: 0.4 } },
    },
    model: {
      backbone: { name: 'efficientnet-v2-s' },
      head: { name: 'ml-decoder', options: { space: 'cosines', scale: 17 } },
      weights: 'imagenet21k',
    },
    loss: { name: 'aam-asl', options: { margin: 0, k: 0.7, gammaNeg: 0, gammaPos: 0 } },
    training: {
      epochs: 60,
      batchSize: 84,
      learningRate: 0.005,
      weightDecay: 5e-4,
      noBiasDecay: true,
      optimiser: { name: 'sgd', momentum: 0.9 },
      sam: { rho: 0.05, adaptive: false },
      schedule: { name: 'one-cycle', pctStart: 0.2, divFactor: 100, finalDivFactor: 1000 },
      ema: { decay: 0.9993 },
      earlyStopping: { patience: 5 },
    },
  },
};

/** The options that a backbone takes from published weights. */
function publishedOptions(backbone: string, weights: string): Record<string, unknown> {
  const row = publishedWeights.find((one) => one.backbone === backbone && one.name === weights)!;
  const { layout, padding, epsilon, normalisation } = row;
  return { layout, padding, epsilon, normalisation: normalisationName(normalisation) ?? normalisation };
}

export type RecipeName = keyof typeof recipes;

export const recipeOption = () =>
  new Option(
    '--recipe <name>',
    'scratch: random weights; features: a head on a published backbone (weights are downloaded once); features-best: the same at two sizes and mirrored; finetune: continue runs/features and train the backbone too; paper: the authors’ settings',
  ).choices(Object.keys(recipes));

/** A config that spells out no default. */
interface RecipeConfig {
  readonly data: object;
  readonly model: Pick<ModelSection, 'backbone' | 'head'> & { readonly weights?: string };
  readonly training: object;
}

/** The config that a recipe makes of label files; `init` writes it as a file to go on from. Default: `scratch`. */
export function recipeConfig(
  train: string,
  val: string | undefined,
  recipe: RecipeName = 'scratch',
): RecipeConfig {
  const root = resolve(dirname(train));
  const { data = {}, ...rest } = recipes[recipe] as (typeof recipes)[RecipeName] & { data?: object };
  return {
    data: {
      root,
      train: basename(train),
      val: val === undefined ? null : relative(root, resolve(val)),
      ...data,
    },
    ...rest,
  };
}

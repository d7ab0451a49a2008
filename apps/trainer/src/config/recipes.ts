import { basename, dirname, relative, resolve } from 'node:path';
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
  /**
   * What did best on a few thousand photographs within minutes (`configs/real/corel5k-80-best.yaml`): a published
   * backbone that stays as it is and runs once, and a head that learns on its features.
   */
  features: {
    data: { height: 288, width: 288 },
    model: {
      backbone: { name: 'mobilenet-v3-small' },
      head: { name: 'linear', options: { space: 'cosines', scale: 23 } },
      weights: 'imagenet',
    },
    loss: { name: 'aam-asl', options: { margin: 0, k: 0.7, gammaNeg: 0, gammaPos: 0 } },
    training: {
      epochs: 40,
      batchSize: 64,
      learningRate: 4e-3,
      features: true,
      schedule: { name: 'one-cycle' },
      sam: { rho: 0.05 },
      earlyStopping: false,
      ema: { decay: 0.99 },
    },
  },
};

export type RecipeName = keyof typeof recipes;

export const recipeOption = () =>
  new Option(
    '--recipe <name>',
    'scratch: random weights; features: a head on a published backbone, whose weights are fetched once',
  ).choices(Object.keys(recipes));

/** A config that spells out no default. */
interface RecipeConfig {
  readonly data: object;
  readonly model: Pick<ModelSection, 'backbone' | 'head'>;
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

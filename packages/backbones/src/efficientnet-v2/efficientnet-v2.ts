import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { defineBackbone, HALF, validate, type Backbone } from '@polytag/core';
import {
  AddResidual,
  BatchNorm,
  Convolution2D,
  DepthwiseConvolution2D,
  kaimingNormal,
  Linear,
  pipe,
  SqueezeExcite,
  type ParametricLayer,
} from '@polytag/layers';
import * as z from 'zod';
import { normalisationSchema } from '../normalisation-schema.js';
import {
  FEATURES,
  SQUEEZE_RATIO,
  STAGES,
  type BlockKind,
  type EfficientNetV2Size,
  type Stage,
} from './sizes.js';

/** Options of an EfficientNetV2, with their defaults; the size is in the name of the part. */
export const efficientNetV2Schema = z.strictObject({
  /** Padding of convolutions. The published weights come from TensorFlow and need `same`. Default `same`. */
  padding: z.enum(['symmetric', 'same']).default('same'),
  /** Epsilon of batch norm. Default 1e-3. */
  epsilon: z.number().positive().optional(),
  /** Momentum of batch norm. Default 0.1. */
  momentum: z.number().min(0).max(1).optional(),
  /** Normalisation of pixels that the weights were trained with. Default: mean 0.5, std 0.5. */
  normalisation: normalisationSchema,
  /** Seed of the initial weights. Default 0. */
  seed: z.int().min(0).default(0),
});
export type EfficientNetV2Options = z.input<typeof efficientNetV2Schema> & {
  /** A published size, or your own stages. */
  readonly size: EfficientNetV2Size | readonly Stage[];
};

interface Block {
  /** Prefix of its keys. */
  readonly name: string;
  readonly stride: 1 | 2;
  readonly input: number;
  readonly expanded: number;
  readonly output: number;
}

const KERNEL = 3;

/**
 * EfficientNetV2 (Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", 2021;
 * docs/method.md#efficientnet-v2-s) up to its feature map of 1280 channels, after the last 1x1 convolution. S has 20.18
 * M parameters, M 52.86 M, L 117.23 M. Height and width are reduced by 32; any input size works. Layer names are the
 * keys of timm's `tf_efficientnetv2_{s,m,l}_in21k`.
 *
 * Initial weights: Kaiming normal, fan-out; the fan of a depthwise convolution is that of one channel, k². No
 * stochastic depth.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`
 */
export function efficientNetV2({ size, ...given }: EfficientNetV2Options): Backbone {
  const options = validate(efficientNetV2Schema, given, { source: 'options of backbone "efficientnet-v2"' });
  const { padding, epsilon = 1e-3, momentum = 0.1, normalisation = HALF, seed } = options;
  const stages = typeof size === 'string' ? STAGES[size] : size;

  const norm = (name: string, activation: 'silu' | 'identity' = 'silu') =>
    new BatchNorm({ name, epsilon, momentum, activation, seed });
  const dense = (name: string, filters: number, stride: number) =>
    new Convolution2D({ name, filters, kernelSize: KERNEL, stride, padding, seed });
  const depthwise = (name: string, stride: number) =>
    new DepthwiseConvolution2D({
      name,
      kernelSize: KERNEL,
      stride,
      padding,
      initialiser: kaimingNormal(KERNEL ** 2),
      seed,
    });
  const pointwise = (name: string, units: number) =>
    new Linear({ name, units, bias: false, layout: 'pointwise', initialiser: kaimingNormal(units), seed });

  const layersOf: Readonly<Record<BlockKind, (block: Block) => ParametricLayer[]>> = {
    conv: ({ name, output, stride }) => [dense(`${name}.conv`, output, stride), norm(`${name}.bn1`)],
    fused: ({ name, expanded, output, stride }) => [
      dense(`${name}.conv_exp`, expanded, stride),
      norm(`${name}.bn1`),
      pointwise(`${name}.conv_pwl`, output),
      norm(`${name}.bn2`, 'identity'),
    ],
    mbconv: ({ name, input, expanded, output, stride }) => [
      pointwise(`${name}.conv_pw`, expanded),
      norm(`${name}.bn1`),
      depthwise(`${name}.conv_dw`, stride),
      norm(`${name}.bn2`),
      new SqueezeExcite({
        name: `${name}.se`,
        reduced: Math.round(input * SQUEEZE_RATIO),
        keys: 'timm',
        activation: 'silu',
        gate: 'sigmoid',
        seed,
      }),
      pointwise(`${name}.conv_pwl`, output),
      norm(`${name}.bn3`, 'identity'),
    ],
  };

  function block(x: SymbolicTensor, kind: BlockKind, plan: Block): SymbolicTensor {
    const y = pipe(x, ...layersOf[kind](plan));
    const residual = plan.stride === 1 && plan.input === plan.output;
    return residual ? (new AddResidual({ name: `${plan.name}.sum` }).apply([y, x]) as SymbolicTensor) : y;
  }

  return {
    name: typeof size === 'string' ? `efficientnet-v2-${size}` : 'efficientnet-v2',
    featureChannels: FEATURES,
    stride: stages.reduce((stride, stage) => stride * stage.stride, 2),
    normalisation,
    padding,
    apply(image) {
      let channels = stages[0].channels;
      let x = pipe(image, dense('conv_stem', channels, 2), norm('bn1'));
      for (const [index, stage] of stages.entries()) {
        for (let position = 0; position < stage.repeats; position++) {
          x = block(x, stage.kind, {
            name: `blocks.${index}.${position}`,
            stride: position === 0 ? stage.stride : 1,
            input: channels,
            expanded: channels * stage.expansion,
            output: stage.channels,
          });
          channels = stage.channels;
        }
      }
      return pipe(x, pointwise('conv_head', FEATURES), norm('bn2'));
    },
  };
}

const define = (size: EfficientNetV2Size) =>
  defineBackbone({
    name: `efficientnet-v2-${size}`,
    options: efficientNetV2Schema,
    create: (options) => efficientNetV2({ ...options, size }),
  });

/** `efficientnet-v2-s` for config files. */
export const efficientNetV2S = define('s');

/** `efficientnet-v2-m` for config files. */
export const efficientNetV2M = define('m');

/** `efficientnet-v2-l` for config files. */
export const efficientNetV2L = define('l');

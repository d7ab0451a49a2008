import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { defineBackbone, UsageError, validate, type Backbone } from '@polytag/core';
import {
  Activation,
  AddResidual,
  BatchNorm,
  Convolution2D,
  DepthwiseConvolution2D,
  kaimingNormal,
  Linear,
  pipe,
  PRelu,
  SqueezeExcite,
  type BatchNormOptions,
  type ParametricLayer,
} from '@polytag/layers';
import * as z from 'zod';
import { normalisationSchema } from '../normalisation-schema.js';
import { LAYOUTS, type BlockNames, type NamedPair } from './layouts.js';
import { planNetwork, type BlockPlan } from './plan.js';
import type { MobileNetV3Size } from './sizes.js';

/** Options of a MobileNetV3, with their defaults; the size is in the name of the part. */
export const mobileNetV3Schema = z.strictObject({
  /** Layer names and details of the implementation whose weights are loaded. Default `reference`: the authors'. */
  layout: z.enum(['reference', 'timm', 'torchvision']).default('reference'),
  /** Factor of the number of channels. Published: 0.75, 1, 1.25, 1.5. Default 1. */
  widthMultiplier: z.number().positive().default(1),
  /** Padding of convolutions. Weights from TensorFlow need `same`. Default `symmetric`. */
  padding: z.enum(['symmetric', 'same']).default('symmetric'),
  /** Epsilon of batch norm. Default: the layout's, 1e-5, or 1e-3 for torchvision. */
  epsilon: z.number().positive().optional(),
  /** Momentum of batch norm. Default: the layout's, 0.1, or 0.01 for torchvision. */
  momentum: z.number().min(0).max(1).optional(),
  /** Activation after the last convolution. The authors use `prelu` with ASL and AAM (reference layout only). Default `hard-swish`. */
  lastActivation: z.enum(['hard-swish', 'prelu']).default('hard-swish'),
  /** Normalisation of pixels that the weights were trained with. Default: ImageNet statistics, or pixels in [0, 1] for timm (MIIL). */
  normalisation: normalisationSchema,
  /** Height of the images. Below 100 the reference layout reduces the resolution by 8, not 32. */
  inputHeight: z.int().positive().optional(),
  /** Seed of the initial weights. Default 0. */
  seed: z.int().min(0).default(0),
});
export type MobileNetV3Options = z.input<typeof mobileNetV3Schema> & { readonly size: MobileNetV3Size };

/**
 * MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019; docs/method.md#mobilenet-v3) up to its feature map, in
 * the three layouts of published weights. At width 1, Large has 960 channels and 2.972 M parameters, Small 576 and
 * 0.927 M. Height and width are reduced by 32; any input size works.
 *
 * @throws UsageError `usage/invalid`, `usage/unknown-key`; `usage/last-activation` if `lastActivation` is `prelu` in a
 * layout that has none
 */
export function mobileNetV3({ size, ...given }: MobileNetV3Options): Backbone {
  const options = validate(mobileNetV3Schema, given, {
    source: `options of backbone "mobilenet-v3-${size}"`,
  });
  const { layout: layoutName, widthMultiplier, padding, lastActivation, seed } = options;
  if (lastActivation === 'prelu' && layoutName !== 'reference') {
    throw new UsageError(
      'usage/last-activation',
      `The "${layoutName}" layout of MobileNetV3 has no PReLU after its last convolution.`,
      {
        hint: 'Use lastActivation: hard-swish, or layout: reference.',
      },
    );
  }
  const layout = LAYOUTS[layoutName];
  const plan = planNetwork(size, layoutName, widthMultiplier, options.inputHeight);
  const epsilon = options.epsilon ?? layout.epsilon;
  const momentum = options.momentum ?? layout.momentum;

  const norm = (name: string, activation: BatchNormOptions['activation'] = 'identity') =>
    new BatchNorm({ name, epsilon, momentum, activation, seed });
  const pointwise = (name: string, units: number) =>
    new Linear({ name, units, bias: false, layout: 'pointwise', initialiser: kaimingNormal(units), seed });
  const spatial = (
    [convolution, batchNorm]: NamedPair,
    block: BlockPlan,
    activation: BatchNormOptions['activation'],
  ) => [
    new DepthwiseConvolution2D({
      name: convolution,
      kernelSize: block.kernel,
      stride: block.stride,
      padding,
      seed,
    }),
    norm(batchNorm, activation),
  ];

  /** dw -> BN -> act -> SE, or in the widening blocks of the reference dw -> BN -> SE -> act. */
  function filter(names: BlockNames, block: BlockPlan): ParametricLayer[] {
    const { activation, reduced } = block;
    if (reduced === undefined) return spatial(names.depthwise, block, activation);
    const squeeze = new SqueezeExcite({ name: names.squeeze, reduced, keys: layoutName, seed });
    return layout.squeezeFirst && names.expand
      ? [
          ...spatial(names.depthwise, block, 'identity'),
          squeeze,
          new Activation({ name: names.activation, activation }),
        ]
      : [...spatial(names.depthwise, block, activation), squeeze];
  }

  function invertedResidual(x: SymbolicTensor, block: BlockPlan): SymbolicTensor {
    const names = layout.block(block);
    const expand = names.expand
      ? [pointwise(names.expand[0], block.expanded), norm(names.expand[1], block.activation)]
      : [];
    const project = [pointwise(names.project[0], block.output), norm(names.project[1])];
    const y = pipe(x, ...expand, ...filter(names, block), ...project);
    const residual = block.stride === 1 && block.input === block.output;
    return residual ? (new AddResidual({ name: names.sum }).apply([y, x]) as SymbolicTensor) : y;
  }

  return {
    name: `mobilenet-v3-${size}`,
    featureChannels: plan.features,
    stride: plan.stride,
    normalisation: options.normalisation ?? layout.normalisation,
    padding,
    penultimate: { ...layout.penultimate, width: plan.hidden, epsilon },
    apply(image) {
      const [stemConvolution, stemNorm] = layout.stem;
      const { channels: filters, stride } = plan.stem;
      const stem = pipe(
        image,
        new Convolution2D({ name: stemConvolution, filters, kernelSize: 3, stride, padding, seed }),
        norm(stemNorm, 'hard-swish'),
      );
      const blocks = plan.blocks.reduce(invertedResidual, stem);
      const { pair, prelu } = layout.last(plan);
      const last = pipe(blocks, pointwise(pair[0], plan.features));
      return lastActivation === 'prelu'
        ? pipe(last, norm(pair[1]), new PRelu({ name: prelu, seed }))
        : pipe(last, norm(pair[1], 'hard-swish'));
    },
  };
}

const define = (size: MobileNetV3Size) =>
  defineBackbone({
    name: `mobilenet-v3-${size}`,
    options: mobileNetV3Schema,
    create: (options) => mobileNetV3({ ...options, size }),
  });

/** `mobilenet-v3-large` for config files. */
export const mobileNetV3Large = define('large');

/** `mobilenet-v3-small` for config files. */
export const mobileNetV3Small = define('small');

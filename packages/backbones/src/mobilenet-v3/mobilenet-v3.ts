import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import { UsageError, type Backbone, type PaddingRule, type PixelNormalisation } from '@polytag/core';
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
import { LAYOUTS, type BlockNames, type NamedPair } from './layouts.js';
import { planNetwork, type BlockPlan, type MobileNetV3Layout } from './plan.js';
import type { MobileNetV3Size } from './rows.js';

export interface MobileNetV3Options {
  readonly size: MobileNetV3Size;
  /** Whose weights it can take. Default `reference`: the authors' own implementation. */
  readonly layout?: MobileNetV3Layout;
  /** Scales all channels. Default 1; published: 0.75, 1, 1.25, 1.5. */
  readonly widthMultiplier?: number;
  /** Default `symmetric`. Weights that come from TensorFlow need `same`. */
  readonly padding?: PaddingRule;
  /** Of batch norm. Default: the layout's, 1e-5, or 1e-3 for torchvision. */
  readonly epsilon?: number;
  /** Of batch norm. Default: the layout's, 0.1, or 0.01 for torchvision. */
  readonly momentum?: number;
  /** After the last convolution. Default `hard-swish`; the reference layout trained with ASL or AAM has a PReLU. */
  readonly lastActivation?: 'hard-swish' | 'prelu';
  /** What its weights were trained with. Default: ImageNet statistics, or pixels in [0, 1] for timm (MIIL). */
  readonly normalisation?: PixelNormalisation;
  /** Height of the images, where known: below 100 the reference layout reduces resolution 8 times, not 32. */
  readonly inputHeight?: number;
  /** Of the initial weights. Default 0. */
  readonly seed?: number;
}

/**
 * MobileNetV3 (Howard et al., "Searching for MobileNetV3", 2019) up to its feature map, in the three layouts that
 * weights are published in. At width 1: Large 960 channels from 2.972 M parameters, Small 576 from 0.927 M; one cell
 * covers 32 x 32 pixels. Any input size.
 *
 * @throws UsageError when `lastActivation` is `prelu` in a layout that has none
 */
export function mobilenetV3(options: MobileNetV3Options): Backbone {
  const {
    size,
    layout: layoutName = 'reference',
    widthMultiplier = 1,
    padding = 'symmetric',
    seed = 0,
  } = options;
  const { lastActivation = 'hard-swish' } = options;
  if (lastActivation === 'prelu' && layoutName !== 'reference') {
    throw new UsageError(
      'usage/last-activation',
      `The layout "${layoutName}" of MobileNetV3 has no PReLU after its last convolution.`,
      {
        hint: 'Use lastActivation "hard-swish", or layout "reference".',
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
    new Linear({ name, units, bias: false, layout: 'pointwise', initial: kaimingNormal(units), seed });
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

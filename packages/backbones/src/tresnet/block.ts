import type { SymbolicTensor } from '@tensorflow/tfjs-layers';
import {
  Abn,
  Activation,
  AddResidual,
  AveragePool,
  BatchNorm,
  BlurPool,
  Convolution2D,
  kaimingNormal,
  Linear,
  ones,
  pipe,
  SqueezeExcite,
  zeros,
  type ParametricLayer,
} from '@polytag/layers';
import { UNIT_NAMES, type TResNetLayout } from './layouts.js';
import { EXPANSION, type BlockKind } from './sizes.js';

/** What all layers of a network share. */
export interface UnitOptions {
  readonly layout: TResNetLayout;
  readonly epsilon: number;
  readonly momentum: number;
  readonly seed: number;
}

export interface TResNetBlockOptions extends UnitOptions {
  /** Prefix of the block's keys, e.g. `body.layer2.0`. */
  readonly name: string;
  readonly kind: BlockKind;
  /** Inner channels. */
  readonly planes: number;
  readonly stride: 1 | 2;
  /** Whether the block has squeeze-and-excitation. */
  readonly squeeze: boolean;
}

interface Unit {
  readonly name: string;
  readonly kernelSize: 1 | 3;
  readonly filters: number;
  /** Of the leaky ReLU; without one there is no activation. */
  readonly slope?: number;
  /** Ends in a blur pool of stride 2. */
  readonly blurred?: boolean;
  /** Default ones. */
  readonly initialiser?: typeof ones;
}

/** Slope of the leaky ReLU inside blocks. */
const SLOPE = 1e-3;

/** A convolution without bias and a norm with its activation; where resolution halves, a blur pool after them. */
export function unit(
  { name, kernelSize, filters, slope, blurred = false, initialiser = ones }: Unit,
  { layout, epsilon, momentum, seed }: UnitOptions,
): ParametricLayer[] {
  const names = UNIT_NAMES[layout](name, blurred);
  const newer = layout === 'reference' ? UNIT_NAMES.timm(name, blurred) : undefined;
  const convolution = { name: names.convolution, alias: newer?.convolution, seed };
  const norm = {
    name: names.norm,
    alias: newer?.norm,
    epsilon,
    momentum,
    initialiser,
    seed,
    ...(slope === undefined ? {} : { activation: 'leaky-relu' as const, slope }),
  };
  return [
    kernelSize === 1
      ? new Linear({
          ...convolution,
          units: filters,
          bias: false,
          layout: 'pointwise',
          initialiser: kaimingNormal(filters),
        })
      : new Convolution2D({ ...convolution, filters, kernelSize }),
    layout === 'reference' ? new Abn(norm) : new BatchNorm(norm),
    ...(blurred ? [new BlurPool({ name: names.blur })] : []),
  ];
}

/** Inner width of squeeze-excite: a quarter of its channels in a basic block, half in a bottleneck, at least 64. */
const reducedWidth = (kind: BlockKind, planes: number): number =>
  Math.max(Math.floor(planes / (kind === 'basic' ? 4 : 2)), 64);

/**
 * Residual block of TResNet (docs/method.md#tresnet-l). The norm before the sum starts at 0, so that a new block passes
 * its shortcut through.
 *
 * basic: 3x3, [blur pool], 3x3, squeeze-excite, sum, ReLU; planes channels. bottleneck: 1x1, 3x3, [blur pool],
 * squeeze-excite, 1x1, sum, ReLU; 4·planes channels.
 *
 * @param x [B, H, W, C]
 * @returns [B, ceil(H/stride), ceil(W/stride), channels]
 */
export function tresNetBlock(x: SymbolicTensor, options: TResNetBlockOptions): SymbolicTensor {
  const { name, kind, planes, stride, seed } = options;
  const blurred = stride === 2;
  const channels = kind === 'basic' ? planes : EXPANSION * planes;
  const squeeze = options.squeeze
    ? [
        new SqueezeExcite({
          name: `${name}.se`,
          reduced: reducedWidth(kind, planes),
          keys: 'torchvision',
          gate: 'sigmoid',
          seed,
        }),
      ]
    : [];
  const inner = (position: number, kernelSize: 1 | 3, blur = false) =>
    unit(
      { name: `${name}.conv${position}`, kernelSize, filters: planes, slope: SLOPE, blurred: blur },
      options,
    );
  const last = (position: number, kernelSize: 1 | 3) =>
    unit({ name: `${name}.conv${position}`, kernelSize, filters: channels, initialiser: zeros }, options);
  const layers =
    kind === 'basic'
      ? [...inner(1, 3, blurred), ...last(2, 3), ...squeeze]
      : [...inner(1, 1), ...inner(2, 3, blurred), ...squeeze, ...last(3, 1)];
  const sum = new AddResidual({ name: `${name}.sum` }).apply([
    pipe(x, ...layers),
    shortcut(x, channels, options),
  ]);
  return new Activation({ name: `${name}.relu`, activation: 'relu' }).apply(sum) as SymbolicTensor;
}

/** The block's input; where resolution or width changes, its average pool and a 1x1 convolution of it. */
function shortcut(x: SymbolicTensor, channels: number, options: TResNetBlockOptions): SymbolicTensor {
  const { name, stride } = options;
  if (stride === 1 && x.shape[3] === channels) return x;
  const halved = stride === 2 ? [new AveragePool({ name: `${name}.downsample.0` })] : [];
  const projection = unit(
    { name: `${name}.downsample.${halved.length}`, kernelSize: 1, filters: channels },
    options,
  );
  return pipe(x, ...halved, ...projection);
}

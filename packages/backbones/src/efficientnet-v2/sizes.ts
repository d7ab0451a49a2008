/** The published sizes of the network. */
export type EfficientNetV2Size = 's' | 'm' | 'l';

/**
 * `conv`: one 3x3 convolution; `fused`: a widening 3x3 convolution and a 1x1 that narrows; `mbconv`: a widening 1x1,
 * a depthwise 3x3, squeeze-excite and a 1x1 that narrows.
 */
export type BlockKind = 'conv' | 'fused' | 'mbconv';

/** Consecutive blocks of one kind. */
export interface Stage {
  readonly kind: BlockKind;
  readonly repeats: number;
  /** Stride of the first block; the others have 1. */
  readonly stride: 1 | 2;
  /** Inner channels divided by input channels. */
  readonly expansion: number;
  /** Output channels. */
  readonly channels: number;
}

type Cells = [BlockKind, Stage['repeats'], Stage['stride'], Stage['expansion'], Stage['channels']];

const stages = (table: Cells[]): readonly Stage[] =>
  table.map(([kind, repeats, stride, expansion, channels]) => ({
    kind,
    repeats,
    stride,
    expansion,
    channels,
  }));

/**
 * Tan and Le, "EfficientNetV2: Smaller Models and Faster Training", 2021, table 4 for S; M and L as the authors
 * released them. Every kernel is 3x3.
 */
export const STAGES: Readonly<Record<EfficientNetV2Size, readonly Stage[]>> = {
  s: stages([
    ['conv', 2, 1, 1, 24],
    ['fused', 4, 2, 4, 48],
    ['fused', 4, 2, 4, 64],
    ['mbconv', 6, 2, 4, 128],
    ['mbconv', 9, 1, 6, 160],
    ['mbconv', 15, 2, 6, 256],
  ]),
  m: stages([
    ['conv', 3, 1, 1, 24],
    ['fused', 5, 2, 4, 48],
    ['fused', 5, 2, 4, 80],
    ['mbconv', 7, 2, 4, 160],
    ['mbconv', 14, 1, 6, 176],
    ['mbconv', 18, 2, 6, 304],
    ['mbconv', 5, 1, 6, 512],
  ]),
  l: stages([
    ['conv', 4, 1, 1, 32],
    ['fused', 7, 2, 4, 64],
    ['fused', 7, 2, 4, 96],
    ['mbconv', 10, 2, 4, 192],
    ['mbconv', 19, 1, 6, 224],
    ['mbconv', 25, 2, 6, 384],
    ['mbconv', 7, 1, 6, 640],
  ]),
};

/** Channels of the feature map, whatever the size. */
export const FEATURES = 1280;

/** Inner width of squeeze-excite over the channels that a block gets. */
export const SQUEEZE_RATIO = 1 / 4;

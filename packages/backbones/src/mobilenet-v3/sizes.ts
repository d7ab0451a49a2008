/** The two sizes of the published network. */
export type MobileNetV3Size = 'large' | 'small';

/** One inverted residual block at width 1. */
export interface Row {
  /** Side of the depthwise kernel. */
  readonly kernel: 3 | 5;
  /** Channels inside the block. */
  readonly expanded: number;
  /** Channels after it. */
  readonly output: number;
  readonly squeeze: boolean;
  readonly activation: 'relu' | 'hard-swish';
  readonly stride: 1 | 2;
}

type Cells = [Row['kernel'], number, number, 'SE' | '-', 'RE' | 'HS', Row['stride']];

const row = ([kernel, expanded, output, squeeze, activation, stride]: Cells): Row => ({
  kernel,
  expanded,
  output,
  squeeze: squeeze === 'SE',
  activation: activation === 'RE' ? 'relu' : 'hard-swish',
  stride,
});

const stages = (table: Cells[][]): readonly (readonly Row[])[] => table.map((stage) => stage.map(row));

/** Channels after the first convolution, at width 1. */
export const STEM_CHANNELS = 16;

/** Tables 1 and 2 of Howard et al., "Searching for MobileNetV3", 2019: rows by stage. */
export const ROWS: Readonly<Record<MobileNetV3Size, readonly (readonly Row[])[]>> = {
  large: stages([
    [[3, 16, 16, '-', 'RE', 1]],
    [
      [3, 64, 24, '-', 'RE', 2],
      [3, 72, 24, '-', 'RE', 1],
    ],
    [
      [5, 72, 40, 'SE', 'RE', 2],
      [5, 120, 40, 'SE', 'RE', 1],
      [5, 120, 40, 'SE', 'RE', 1],
    ],
    [
      [3, 240, 80, '-', 'HS', 2],
      [3, 200, 80, '-', 'HS', 1],
      [3, 184, 80, '-', 'HS', 1],
      [3, 184, 80, '-', 'HS', 1],
    ],
    [
      [3, 480, 112, 'SE', 'HS', 1],
      [3, 672, 112, 'SE', 'HS', 1],
    ],
    [
      [5, 672, 160, 'SE', 'HS', 2],
      [5, 960, 160, 'SE', 'HS', 1],
      [5, 960, 160, 'SE', 'HS', 1],
    ],
  ]),
  small: stages([
    [[3, 16, 16, 'SE', 'RE', 2]],
    [
      [3, 72, 24, '-', 'RE', 2],
      [3, 88, 24, '-', 'RE', 1],
    ],
    [
      [5, 96, 40, 'SE', 'HS', 2],
      [5, 240, 40, 'SE', 'HS', 1],
      [5, 240, 40, 'SE', 'HS', 1],
    ],
    [
      [5, 120, 48, 'SE', 'HS', 1],
      [5, 144, 48, 'SE', 'HS', 1],
    ],
    [
      [5, 288, 96, 'SE', 'HS', 2],
      [5, 576, 96, 'SE', 'HS', 1],
      [5, 576, 96, 'SE', 'HS', 1],
    ],
  ]),
};

/** Width of the published classifiers' hidden layer, at width 1. */
export const HIDDEN: Readonly<Record<MobileNetV3Size, number>> = { large: 1280, small: 1024 };

/** Channels of the feature map over those of the last block. */
export const LAST_EXPANSION = 6;

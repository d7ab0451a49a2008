import { HIDDEN, LAST_EXPANSION, ROWS, STEM_CHANNELS, type MobileNetV3Size, type Row } from './sizes.js';

/** Source of published weights whose layer names, layer order and constants are used. */
export type MobileNetV3Layout = 'reference' | 'timm' | 'torchvision';

/** A block with the channels it really has. */
export interface BlockPlan extends Pick<Row, 'kernel' | 'activation' | 'stride'> {
  /** Counted from 1 through the network, as the reference and torchvision do: 0 is the stem. */
  readonly index: number;
  /** Counted from 0, as timm does. */
  readonly stage: number;
  /** Position in the stage, from 0. */
  readonly position: number;
  readonly input: number;
  readonly expanded: number;
  readonly output: number;
  /** Inner width of squeeze-excite, or undefined without one. */
  readonly reduced?: number;
}

export interface NetworkPlan {
  readonly stem: { readonly channels: number; readonly stride: 1 | 2 };
  readonly blocks: readonly BlockPlan[];
  readonly stages: number;
  /** Channels of the feature map. */
  readonly features: number;
  /** Width of the published classifier's hidden layer. */
  readonly hidden: number;
  /** Input pixels per feature-map cell. */
  readonly stride: number;
}

/** The next multiple of 8, at least 8, never more than 10 % below the value. */
export function roundToEight(value: number): number {
  const rounded = Math.max(8, Math.floor((value + 4) / 8) * 8);
  return rounded < 0.9 * value ? rounded + 8 : rounded;
}

/**
 * Channels and strides of a network. At widths other than 1 the layouts differ: torchvision scales the inner
 * channels of a block, the others keep their ratio to the block's (rounded) input.
 *
 * @param inputHeight below 100 pixels the stem and the first block of stride 2 keep their resolution, in the
 * reference layout
 */
export function planNetwork(
  size: MobileNetV3Size,
  layout: MobileNetV3Layout,
  width: number,
  inputHeight?: number,
): NetworkPlan {
  const smallInput = layout === 'reference' && inputHeight !== undefined && inputHeight < 100;
  let reductionsToSkip = smallInput ? 1 : 0;
  let unscaledInput = STEM_CHANNELS;
  let input = roundToEight(STEM_CHANNELS * width);
  const stem = { channels: input, stride: smallInput ? 1 : 2 } as const;
  const blocks: BlockPlan[] = [];
  ROWS[size].forEach((rows, stage) =>
    rows.forEach((row, position) => {
      const skip = row.stride === 2 && reductionsToSkip > 0;
      if (skip) reductionsToSkip--;
      const expanded = roundToEight(
        layout === 'torchvision' ? row.expanded * width : (input * row.expanded) / unscaledInput,
      );
      const output = roundToEight(row.output * width);
      blocks.push({
        index: blocks.length + 1,
        stage,
        position,
        kernel: row.kernel,
        activation: row.activation,
        stride: skip ? 1 : row.stride,
        input,
        expanded,
        output,
        reduced: row.squeeze ? roundToEight(Math.floor(expanded / 4)) : undefined,
      });
      unscaledInput = row.output;
      input = output;
    }),
  );
  return {
    stem,
    blocks,
    stages: ROWS[size].length,
    features:
      layout === 'timm' ? roundToEight(LAST_EXPANSION * unscaledInput * width) : LAST_EXPANSION * input,
    hidden: hiddenWidth(size, layout, width),
    stride: blocks.reduce((stride, block) => stride * block.stride, stem.stride as number),
  };
}

function hiddenWidth(size: MobileNetV3Size, layout: MobileNetV3Layout, width: number): number {
  switch (layout) {
    case 'reference':
      return width > 1 ? roundToEight(HIDDEN[size] * width) : HIDDEN[size];
    case 'timm':
      return HIDDEN[size];
    case 'torchvision':
      return roundToEight(HIDDEN[size] * width);
  }
}

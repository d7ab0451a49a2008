import { UNIT, type Backbone, type PixelNormalisation } from '@polytag/core';
import { pipe, SpaceToDepth } from '@polytag/layers';
import { tresnetBlock, unit } from './block.js';
import type { TResNetLayout } from './layout.js';
import { EXPANSION, SIZES, type TResNetPlan, type TResNetSize } from './sizes.js';

export interface TResNetOptions {
  /** A published size, or a plan of your own. */
  readonly size: TResNetSize | TResNetPlan;
  /** Whose weights it can take. Default `reference`: the authors' and Alibaba's, and newer timm's too. */
  readonly layout?: TResNetLayout;
  /** Of batch norm. Default 1e-5. */
  readonly epsilon?: number;
  /** Of batch norm. Default 0.1. */
  readonly momentum?: number;
  /** What its weights were trained with. Default: pixels in [0, 1], as Alibaba's; the paper's configs have `HALF`. */
  readonly normalisation?: PixelNormalisation;
  /** Of the initial weights. Default 0. */
  readonly seed?: number;
}

/** Side of the blocks of pixels that the stem makes channels of. */
const STEM_BLOCK = 4;
const STEM_SLOPE = 1e-2;

/**
 * TResNet (Ridnik et al., "TResNet: High Performance GPU-Dedicated Architecture", 2021) up to its feature map; one cell
 * covers 32 x 32 pixels. L, the paper's, has 2048 channels from 44.13 M parameters, M 2048 from 29.34 M. The sides of
 * the image must be multiples of 4, and at least 20.
 */
export function tresnet(options: TResNetOptions): Backbone {
  const { size, layout = 'reference', epsilon = 1e-5, momentum = 0.1 } = options;
  const { normalisation = UNIT, seed = 0 } = options;
  const { blocks, planes, first } = typeof size === 'string' ? SIZES[size] : size;
  const shared = { layout, epsilon, momentum, seed };
  return {
    name: typeof size === 'string' ? `tresnet-${size}` : 'tresnet',
    featureChannels: 8 * planes * EXPANSION,
    stride: 32,
    normalisation,
    padding: 'symmetric',
    classifier: 'head.fc',
    apply(image) {
      const stem = [
        new SpaceToDepth({ name: 'body.SpaceToDepth', block: STEM_BLOCK }),
        ...unit({ name: 'body.conv1', kernelSize: 3, filters: planes, slope: STEM_SLOPE }, shared),
      ];
      let x = pipe(image, ...stem);
      for (const [stage, count] of blocks.entries()) {
        for (let position = 0; position < count; position++) {
          x = tresnetBlock(x, {
            ...shared,
            name: `body.layer${stage + 1}.${position}`,
            kind: stage < 2 ? first : 'bottleneck',
            planes: planes * 2 ** stage,
            stride: stage > 0 && position === 0 ? 2 : 1,
            squeeze: stage < 3,
          });
        }
      }
      return x;
    },
  };
}

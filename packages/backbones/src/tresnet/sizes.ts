/**
 * `m`, `l`, `xl`: the sizes of ML-Decoder and the paper; `l` is timm's `tresnet_v2_l`. `l-v1` and `xl-v1`: the first
 * release, timm's `tresnet_l` and `tresnet_xl`, used by ASL's weights.
 */
export type TResNetSize = 'm' | 'l' | 'xl' | 'l-v1' | 'xl-v1';

export type BlockKind = 'basic' | 'bottleneck';

/** Blocks and widths of a TResNet. */
export interface TResNetPlan {
  /** Number of blocks in each of the four stages. */
  readonly blocks: readonly [number, number, number, number];
  /** Channels of the stem and inner channels of the first stage; each later stage has twice as many. */
  readonly planes: number;
  /** Kind of block in the first two stages; the last two have bottlenecks. */
  readonly first: BlockKind;
}

/** Ridnik et al., "TResNet: High Performance GPU-Dedicated Architecture", 2021, and the releases named above. */
export const SIZES: Readonly<Record<TResNetSize, TResNetPlan>> = {
  m: { blocks: [3, 4, 11, 3], planes: 64, first: 'basic' },
  l: { blocks: [3, 4, 23, 3], planes: 64, first: 'bottleneck' },
  xl: { blocks: [3, 8, 34, 5], planes: 64, first: 'bottleneck' },
  // 64 · 1.2 and 64 · 1.3, cut to whole numbers.
  'l-v1': { blocks: [4, 5, 18, 3], planes: 76, first: 'basic' },
  'xl-v1': { blocks: [4, 5, 24, 3], planes: 83, first: 'basic' },
};

/** Output channels of a bottleneck over its inner ones. */
export const EXPANSION = 4;

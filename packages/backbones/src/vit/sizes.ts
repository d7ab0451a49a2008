/** Sizes of vision transformers with published DINOv2 weights: width, and side of the patches. */
export type ViTSize = 's-14' | 'b-14' | 'l-14';

/** Architecture of a vision transformer. */
export interface ViTPlan {
  /** Side of the square patches, pixels. */
  readonly patch: number;
  /** Width of a token, D. */
  readonly width: number;
  /** Number of blocks. */
  readonly depth: number;
  /** Number of attention heads; must divide the width. */
  readonly heads: number;
  /** Width of the feed-forward layer divided by D. Default 4. */
  readonly mlpRatio?: number;
  /** Cells per side of the position table. */
  readonly tableSide: number;
  /** Whether the joint projection of query, key and value has a bias. Default true. */
  readonly qkvBias?: boolean;
  /** Whether residual branches are scaled. Default true. */
  readonly layerScale?: boolean;
}

/** Side of the position table of the published weights: they end with images of 518 pixels. */
const TABLE_SIDE = 37;

const plan = (width: number, depth: number): ViTPlan => ({
  patch: 14,
  width,
  depth,
  heads: width / 64,
  tableSide: TABLE_SIDE,
});

/** Oquab et al., "DINOv2: Learning Robust Visual Features without Supervision", 2023. */
export const SIZES: Readonly<Record<ViTSize, ViTPlan>> = {
  's-14': plan(384, 12),
  'b-14': plan(768, 12),
  'l-14': plan(1024, 24),
};

/** Registers of the published variants that have some. */
export const REGISTERS = 4;

/** Sizes of vision transformers that DINOv2's weights are published for: width, and side of the patches. */
export type ViTSize = 's-14' | 'b-14' | 'l-14';

/** What a vision transformer is built of. */
export interface ViTPlan {
  /** Side of the square patches, pixels. */
  readonly patch: number;
  /** Features of a token, D. */
  readonly width: number;
  /** Blocks. */
  readonly depth: number;
  /** Attention heads, a divisor of the width. */
  readonly heads: number;
  /** Width inside the feed-forward part over D. Default 4. */
  readonly mlpRatio?: number;
  /** Cells of a side of the position table. */
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

import type { WindowSizes } from './window.js';

/** Side of a tile of the output; a tile takes 36 multiplications for each pair of channels. */
const TILE = 4;
const PRODUCTS = 36;
// Estimates, in multiplications of a product: a channel of a tile's transforms, and a weight's transform with its memory.
const CHANNEL_COST = 200;
const WEIGHT_COST = 400;

/**
 * Whether F(4x4, 3x3) beats products over laid-out receptive fields, for a 3x3 convolution of stride 1. It does with four
 * times fewer multiplications, unless channels are so few, or tiles so few or so empty, that the transforms cost more.
 */
export function winogradPays({ N, C, OH, OW, Co }: WindowSizes): boolean {
  if (C % 4 !== 0 || Co % 4 !== 0) return false;
  const tiles = N * Math.ceil(OH / TILE) * Math.ceil(OW / TILE);
  const pairs = C * Co;
  const transformed = tiles * (PRODUCTS * pairs + CHANNEL_COST * (C + Co)) + WEIGHT_COST * pairs;
  return transformed < N * OH * OW * 9 * pairs;
}

/** The convolution whose value is the gradient of another's input: dy with the weight turned by 180°. */
export function ofInputGradient(sizes: WindowSizes): WindowSizes {
  const { H, W, C, top, left, OH, OW, Co } = sizes;
  return { ...sizes, H: OH, W: OW, C: Co, top: 2 - top, left: 2 - left, OH: H, OW: W, Co: C };
}

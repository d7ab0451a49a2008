import { kernels } from '../wasm/host.js';

/** A convolution as Winograd's kernels take it: sizes, zeros before the first row and column, and the output's size. */
export interface Tiled {
  readonly images: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly top: number;
  readonly left: number;
  readonly outHeight: number;
  readonly outWidth: number;
  readonly filters: number;
}

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
export function winogradPays({ images, channels, outHeight, outWidth, filters }: Tiled): boolean {
  if (channels % 4 !== 0 || filters % 4 !== 0) return false;
  const tiles = images * Math.ceil(outHeight / TILE) * Math.ceil(outWidth / TILE);
  const pairs = channels * filters;
  const transformed = tiles * (PRODUCTS * pairs + CHANNEL_COST * (channels + filters)) + WEIGHT_COST * pairs;
  return transformed < images * outHeight * outWidth * 9 * pairs;
}

/** The convolution whose value is the gradient of another's input: dy with the weight turned by 180°. */
export function ofInputGradient(tiled: Tiled): Tiled {
  const { images, height, width, channels, top, left, outHeight, outWidth, filters } = tiled;
  return {
    images,
    height: outHeight,
    width: outWidth,
    channels: filters,
    top: 2 - top,
    left: 2 - left,
    outHeight: height,
    outWidth: width,
    filters: channels,
  };
}

/** In the order of the kernels' parameters. */
export function tiledSizes({ images, height, width, ...rest }: Tiled): number[] {
  const { channels, top, left, outHeight, outWidth, filters } = rest;
  return [images, height, width, channels, top, left, outHeight, outWidth, filters];
}

/** Bytes of working memory, of the convolution or of the gradient of its weight. */
export function winogradBytes(
  { channels, filters, images, outHeight, outWidth }: Tiled,
  of: 'value' | 'weight',
): number {
  const { winogradWorkBytes, winogradWeightWorkBytes } = kernels();
  const bytes = of === 'value' ? winogradWorkBytes : winogradWeightWorkBytes;
  return bytes(channels, filters, images, outHeight, outWidth) >>> 0;
}

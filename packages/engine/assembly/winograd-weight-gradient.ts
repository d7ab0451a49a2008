// Gradient of the weight of a convolution 3x3 with stride 1, by Winograd's F(4x4, 3x3): over blocks of tiles, 36 products of
// the transformed patches of the input with those of the output's gradient. C and Co are multiples of 4.
import { packA } from './gemm-packing';
import { Columns, MR, NR, panel, TILE_BYTES } from './gemm-tile';
import { Address, min } from './simd';
import { copyPatch, even8, planeBytes, tilesOf, TMP, transformInput } from './winograd-patches';
import { gradientTransform, weightGradientTransform } from './winograd-transforms';

/**
 * Tiles of a block, over which the gradient adds up. They are multiplied where they lie where the weight has up to FEW_PAIRS
 * pairs of channels; above, adding to it costs more, and blocks are larger, and packed.
 */
const GRADIENT_TILES: usize = 60;
const PACKED_TILES: usize = 128;
const FEW_PAIRS: usize = 16384;

function gradientTiles(C: usize, Co: usize, tiles: usize): usize {
  return min(tiles, C * Co > FEW_PAIRS ? PACKED_TILES : GRADIENT_TILES);
}

/** Bytes of working memory of `winogradWeightGradient`. */
export function winogradWeightWorkBytes(C: usize, Co: usize, N: usize, OH: usize, OW: usize): usize {
  const tiles = gradientTiles(C, Co, tilesOf(N, OH, OW));
  const planes = planeBytes(tiles * (planeBytes(C) >> 2)) + planeBytes(tiles * even8(Co));
  return TMP + 36 * max(C, Co) * 4 + 36 * (C * Co * 4 + planes) + (C + MR) * tiles * 4;
}

/** dw[3,3,C,Co] of x[N,H,W,C] and dy[N,OH,OW,Co] */
export function winogradWeightGradient(
  x: Address,
  dy: Address,
  dw: Address,
  N: usize,
  H: i32,
  W: i32,
  C: usize,
  top: i32,
  left: i32,
  OH: usize,
  OW: usize,
  Co: usize,
  work: Address,
): void {
  const TH = (OH + 3) >> 2,
    TW = (OW + 3) >> 2,
    tiles = N * TH * TW,
    block = gradientTiles(C, Co, tiles);
  const tmp = work + TILE_BYTES,
    patch = work + TMP,
    du = patch + 36 * max(C, Co) * 4,
    v = du + 36 * C * Co * 4;
  const pitch = planeBytes(C),
    vPlane = planeBytes(block * (pitch >> 2)),
    z = v + 36 * vPlane;
  const zPlane = planeBytes(block * even8(Co)),
    packed = z + 36 * zPlane,
    packs = C * Co > FEW_PAIRS;
  for (let tile: usize = 0; tile < tiles; tile += block) {
    const count = min(tiles - tile, block);
    // Both as `panel` reads them: [tiles][C], in rows of `pitch` bytes, and [Co/8][tiles][8].
    transformInput(x, v, vPlane, pitch, tile, count, H, W, C, top, left, TH, TW, patch, tmp);
    transformGradient(dy, z, zPlane, 16, count * 32 - 16, tile, count, OH, OW, Co, TH, TW, patch, tmp);
    for (let e: usize = 0; e < 36; e++) {
      let a = v + e * vPlane,
        as = pitch,
        an = MR * 4,
        b = z + e * zPlane,
        c = du + e * C * Co * 4;
      if (packs) {
        packA(a, 1, pitch >> 2, packed, C, count);
        a = packed;
        as = MR * 4;
        an = count * MR * 4;
      }
      for (let k: usize = 0; k < Co; k += NR) {
        panel<Columns>(a, as, an, b, NR * 4, count, c, Co * 4, C, min(Co - k, NR), tile > 0, work);
        b += count * 32;
        c += 32;
      }
    }
  }
  const taps = C * Co * 4;
  for (let at: usize = 0; at < taps; at += 16) weightGradientTransform(du + at, taps, dw + at, taps, tmp);
}

/** Transforms 4x4 patches of the output's gradient. */
function transformGradient(
  dy: usize,
  z: usize,
  plane: usize,
  even: usize,
  odd: usize,
  from: usize,
  count: usize,
  OH: usize,
  OW: usize,
  Co: usize,
  TH: usize,
  TW: usize,
  patch: usize,
  tmp: usize,
): void {
  const pixel = Co << 2,
    row = OW * pixel;
  let tw = from % TW,
    th = (from / TW) % TH;
  let image = dy + (from / (TW * TH)) * OH * row;
  for (; count > 0; count--) {
    const h = th << 2,
      w = tw << 2;
    if (h + 4 <= OH && w + 4 <= OW) {
      gradientTransform(image + h * row + w * pixel, row, pixel, Co, z, plane, even, odd, tmp);
    } else {
      copyPatch(image, <i32>OH, <i32>OW, pixel, <i32>h, <i32>w, 4, patch);
      gradientTransform(patch, pixel * 4, pixel, Co, z, plane, even, odd, tmp);
    }
    z += 32;
    if (++tw == TW) {
      tw = 0;
      if (++th == TH) {
        th = 0;
        image += OH * row;
      }
    }
  }
}

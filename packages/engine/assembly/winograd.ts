// Convolution 3x3 with stride 1, NHWC, by Winograd's F(4x4, 3x3): over blocks of 4x4 output tiles, 36 products of the
// transformed patches [tiles, C] with the transformed weight [C, Co]. C and Co are multiples of 4.
import { epilogue } from './epilogue';
import { MR, NR, panel, Rows, TILE_BYTES } from './gemm-tile';
import { Address, min } from './simd';
import { even8, planeBytes, tilesOf, TMP, transformInput } from './winograd-patches';
import { outputTransform, weightTransform } from './winograd-transforms';

/**
 * Tiles of a block: enough for the weight to be read seldom, few enough for the planes to stay in the cache; a multiple of
 * the rows that are multiplied together.
 */
const TILES: usize = 60;
/** Output channels that are multiplied and transformed together. */
const COLUMNS: usize = 64;

function weightBytes(C: usize, Co: usize): usize {
  return 36 * C * even8(Co) * 4;
}

/** Bytes of working memory of `winogradForward`. */
export function winogradWorkBytes(C: usize, Co: usize, N: usize, OH: usize, OW: usize): usize {
  const tiles = min(tilesOf(N, OH, OW), TILES);
  return TMP + 36 * C * 4 + weightBytes(C, Co) + 36 * (planeBytes(tiles * C) + planeBytes(tiles * COLUMNS));
}

/**
 * The weight [3,3,C,Co] as panels of 8 columns, in groups of 64 output channels: [group][36][panel][C][8]. `flip`: the
 * weight is [3,3,Co,C] and turned by 180°, for the gradient of the input.
 */
function transformWeight(w: usize, u: usize, C: usize, Co: usize, flip: bool, tmp: usize): void {
  const g = tmp + 576;
  for (let group: usize = 0; group < Co; group += COLUMNS) {
    const columns = even8(min(Co - group, COLUMNS)),
      plane = columns * C * 4;
    for (let k: usize = 0; k < columns && group + k < Co; k += 4) {
      let to = u + (k >> 3) * C * 32 + (k & 4) * 4;
      for (let c: usize = 0; c < C; c++) {
        if (flip) {
          let from = w + (8 * Co + group + k) * C * 4 + c * 4;
          for (let tap = g; tap < g + 144; tap += 16) {
            let v = v128.load32_splat(from);
            v = v128.load_lane<f32>(from + C * 4, v, 1);
            v = v128.load_lane<f32>(from + C * 8, v, 2);
            v128.store(tap, v128.load_lane<f32>(from + C * 12, v, 3));
            from -= Co * C * 4;
          }
          weightTransform(g, 16, to, plane, tmp);
        } else {
          weightTransform(w + (c * Co + group + k) * 4, C * Co * 4, to, plane, tmp);
        }
        to += 32;
      }
    }
    u += 36 * plane;
  }
}

/**
 * y[N,OH,OW,Co] of x[N,H,W,C] and w[3,3,C,Co]; with a bias[Co], activation(y + bias). `flip`: w is [3,3,Co,C] and turned by
 * 180°, for the gradient of the input.
 */
export function winogradForward(
  x: Address,
  w: Address,
  y: Address,
  N: usize,
  H: i32,
  W: i32,
  C: usize,
  top: i32,
  left: i32,
  OH: usize,
  OW: usize,
  Co: usize,
  flip: bool,
  bias: Address,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  const TH = (OH + 3) >> 2,
    TW = (OW + 3) >> 2,
    tiles = N * TH * TW,
    block = min(tiles, TILES);
  const tmp = work + TILE_BYTES,
    patch = work + TMP,
    u = patch + 36 * C * 4,
    v = u + weightBytes(C, Co);
  const vPlane = planeBytes(block * C),
    mPlane = planeBytes(block * COLUMNS),
    m = v + 36 * vPlane;
  // The patch is free while the weight is transformed, and at least 144 bytes long.
  transformWeight(w, u, C, Co, flip, tmp);
  for (let tile: usize = 0; tile < tiles; tile += block) {
    const count = min(tiles - tile, block);
    transformInput(x, v, vPlane, C * 4, tile, count, H, W, C, top, left, TH, TW, patch, tmp);
    let b = u;
    for (let group: usize = 0; group < Co; group += COLUMNS) {
      const columns = min(Co - group, COLUMNS);
      for (let e: usize = 0; e < 36; e++) {
        for (let k: usize = 0; k < columns; k += 8) {
          const to = m + e * mPlane + k * 4;
          panel<Rows>(
            v + e * vPlane,
            C * 4,
            C * MR * 4,
            b,
            NR * 4,
            C,
            to,
            COLUMNS * 4,
            count,
            NR,
            false,
            work,
          );
          b += C * 32;
        }
      }
      let from = m;
      let tw = tile % TW,
        th = (tile / TW) % TH,
        n = tile / (TW * TH);
      for (let i: usize = 0; i < count; i++) {
        const h = th << 2,
          w = tw << 2,
          rows = min(OH - h, 4),
          cols = min(OW - w, 4);
        const to = y + (((n * OH + h) * OW + w) * Co + group) * 4;
        outputTransform(from, mPlane, to, OW * Co * 4, Co * 4, columns, rows, cols, tmp);
        if (bias) {
          for (let r: usize = 0; r < rows; r++) {
            epilogue(to + r * OW * Co * 4, Co * 4, bias + group * 4, cols, columns, activation, slope);
          }
        }
        from += COLUMNS * 4;
        if (++tw == TW) {
          tw = 0;
          if (++th == TH) {
            th = 0;
            n++;
          }
        }
      }
    }
  }
}

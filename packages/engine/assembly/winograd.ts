// Convolution 3x3 with stride 1, NHWC, by Winograd's F(4x4, 3x3): over blocks of 4x4 output tiles, 36 products of the
// transformed patches [tiles, C] with the transformed weight [C, Co]. C and Co are multiples of 4.
import { epilogue } from './epilogue';
import { packA } from './gemm-packing';
import { Columns, MR, NR, panel, Rows, TILE_BYTES } from './gemm-tile';
import { Address, copyFloats, min, zeroFloats } from './simd';
import {
  gradientTransform,
  inputTransform,
  outputTransform,
  weightGradientTransform,
  weightTransform,
} from './winograd-transforms';

/**
 * Tiles of a block: enough for the weight to be read seldom, few enough for the planes to stay in the cache; a multiple of
 * the rows that are multiplied together.
 */
const TILES: usize = 60;
/**
 * Tiles of a block of the weight gradient, which adds up over them. They are multiplied where they lie where the weight has
 * up to FEW_PAIRS pairs of channels; above, adding to it costs more, and blocks are larger, and packed.
 */
const GRADIENT_TILES: usize = 60;
const PACKED_TILES: usize = 128;
const FEW_PAIRS: usize = 16384;
/** Output channels that are multiplied and transformed together. */
const COLUMNS: usize = 64;
/** An edge tile of `panel`, then the lines of a transform. */
const TMP: usize = TILE_BYTES + 576;

function tilesOf(N: usize, OH: usize, OW: usize): usize {
  return N * ((OH + 3) >> 2) * ((OW + 3) >> 2);
}

/** Bytes from plane to plane: an odd number of cache lines, so that 36 planes do not fall into one set of the cache. */
function planeBytes(floats: usize): usize {
  return (((floats << 2) + 63) & ~63) | 64;
}

function even8(n: usize): usize {
  return (n + 7) & ~7;
}

function weightBytes(C: usize, Co: usize): usize {
  return 36 * C * even8(Co) * 4;
}

/** Bytes of working memory of `winogradForward` and `winogradFused`. */
export function winogradWorkBytes(C: usize, Co: usize, N: usize, OH: usize, OW: usize): usize {
  const tiles = min(tilesOf(N, OH, OW), TILES);
  return TMP + 36 * C * 4 + weightBytes(C, Co) + 36 * (planeBytes(tiles * C) + planeBytes(tiles * COLUMNS));
}

function gradientTiles(C: usize, Co: usize, tiles: usize): usize {
  return min(tiles, C * Co > FEW_PAIRS ? PACKED_TILES : GRADIENT_TILES);
}

/** Bytes of working memory of `winogradWeightGradient`. */
export function winogradWeightWorkBytes(C: usize, Co: usize, N: usize, OH: usize, OW: usize): usize {
  const tiles = gradientTiles(C, Co, tilesOf(N, OH, OW));
  const planes = planeBytes(tiles * (planeBytes(C) >> 2)) + planeBytes(tiles * even8(Co));
  return TMP + 36 * max(C, Co) * 4 + 36 * (C * Co * 4 + planes) + (C + MR) * tiles * 4;
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

/** Transforms 6x6 patches at tiles [from, from + count) of the batch, each `advance` bytes after the one before. */
function transformInput(
  x: usize,
  v: usize,
  plane: usize,
  advance: usize,
  from: usize,
  count: usize,
  H: i32,
  W: i32,
  C: usize,
  top: i32,
  left: i32,
  TH: usize,
  TW: usize,
  patch: usize,
  tmp: usize,
): void {
  const pixel = C << 2,
    row = <usize>W * pixel;
  let tw = from % TW,
    th = (from / TW) % TH;
  let image = x + (from / (TW * TH)) * <usize>H * row;
  for (; count > 0; count--) {
    const h = ((<i32>th) << 2) - top,
      w = ((<i32>tw) << 2) - left;
    if (h >= 0 && w >= 0 && h + 6 <= H && w + 6 <= W) {
      inputTransform(image + <usize>h * row + <usize>w * pixel, row, pixel, C, v, plane, tmp);
    } else {
      copyPatch(image, H, W, pixel, h, w, 6, patch);
      inputTransform(patch, pixel * 6, pixel, C, v, plane, tmp);
    }
    v += advance;
    if (++tw == TW) {
      tw = 0;
      if (++th == TH) {
        th = 0;
        image += <usize>H * row;
      }
    }
  }
}

/** A side x side patch of an image at (h, w), with zeros outside. */
function copyPatch(
  image: usize,
  H: i32,
  W: i32,
  pixel: usize,
  h: i32,
  w: i32,
  side: i32,
  patch: usize,
): void {
  const lo = min32(max<i32>(0, -w), side),
    hi = max<i32>(lo, min32(side, W - w));
  const before = <usize>lo * pixel,
    bytes = <usize>(hi - lo) * pixel,
    after = <usize>(side - hi) * pixel;
  for (let i = 0; i < side; i++) {
    if (h + i >= 0 && h + i < H && hi > lo) {
      zeroFloats(patch, before);
      copyFloats(patch + before, image + (<usize>(h + i) * <usize>W + <usize>(w + lo)) * pixel, bytes);
      zeroFloats(patch + before + bytes, after);
    } else {
      zeroFloats(patch, before + bytes + after);
    }
    patch += before + bytes + after;
  }
}

function min32(a: i32, b: i32): i32 {
  return select(a, b, a < b);
}

/** y[N,OH,OW,Co] of x[N,H,W,C] and w[3,3,C,Co]; with `flip`, w[3,3,Co,C] turned by 180°. */
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
  work: Address,
): void {
  convolve(x, w, y, N, H, W, C, top, left, OH, OW, Co, flip, false, 0, 0, 0, work);
}

/** y = activation(convolution + bias[Co]) */
export function winogradFused(
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
  bias: Address,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  convolve(x, w, y, N, H, W, C, top, left, OH, OW, Co, false, true, bias, activation, slope, work);
}

function convolve(
  x: usize,
  w: usize,
  y: usize,
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
  fused: bool,
  bias: usize,
  activation: i32,
  slope: f32,
  work: usize,
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
        if (fused) {
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

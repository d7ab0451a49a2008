// What the convolution by Winograd's F(4x4, 3x3) and its weight's gradient share: tiles of 4x4 output pixels, the planes of
// their transforms, and the patches of images that are transformed.
import { TILE_BYTES } from './gemm-tile';
import { copyFloats, zeroFloats } from './simd';
import { inputTransform } from './winograd-transforms';

/** An edge tile of `panel`, then the lines of a transform. */
export const TMP: usize = TILE_BYTES + 576;

export function tilesOf(N: usize, OH: usize, OW: usize): usize {
  return N * ((OH + 3) >> 2) * ((OW + 3) >> 2);
}

/** Bytes from plane to plane: an odd number of cache lines, so that 36 planes do not fall into one set of the cache. */
export function planeBytes(floats: usize): usize {
  return (((floats << 2) + 63) & ~63) | 64;
}

export function even8(n: usize): usize {
  return (n + 7) & ~7;
}

/** Transforms 6x6 patches at tiles [from, from + count) of the batch, each `advance` bytes after the one before. */
export function transformInput(
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
export function copyPatch(
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

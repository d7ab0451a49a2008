// Dense convolution, NHWC, weight [KH,KW,C,Co], as products over blocks of output pixels: the receptive fields of a block
// are laid out as rows (im2col), which stay in the cache. Blocks run on over the images of a batch.
import { gemm, gemmFused, gemmWorkBytes } from './gemm';
import { addFloats } from './linear';
import { Address, copyFloats, min, zeroFloats } from './simd';

/** Output pixels in a block: about 512 KB of rows, between 256 and 2048. */
function blockPixels(rowLength: usize, pixels: usize): usize {
  const fit = (<usize>(1 << 17) / rowLength) & ~3;
  return min(pixels, fit < 256 ? 256 : min(fit, 2048));
}

/** Bytes of working memory of the three functions below. */
export function convWorkBytes(rowLength: usize, pixels: usize): usize {
  return gemmWorkBytes() + blockPixels(rowLength, pixels) * rowLength * 4;
}

/**
 * Rows of output pixels [from, from + count) of the batch: copied from the images (`scatter` false), or added back into
 * the images (`scatter` true). Outside the image lie zeros.
 */
function receptiveFields(
  image: usize,
  rows: usize,
  from: usize,
  count: usize,
  H: i32,
  W: i32,
  C: usize,
  KH: i32,
  KW: i32,
  S: i32,
  top: i32,
  left: i32,
  OH: usize,
  OW: usize,
  scatter: bool,
): void {
  const cb = C << 2,
    imageBytes = <usize>H * <usize>W * cb;
  const tapBytes = <usize>KW * cb;
  let ow = from % OW,
    oh = (from / OW) % OH;
  let x = image + (from / (OW * OH)) * imageBytes;
  for (; count > 0; count--) {
    const ih0 = <i32>oh * S - top,
      iw0 = <i32>ow * S - left;
    const lo = max<i32>(0, -iw0),
      inside = W - iw0,
      hi = KW < inside ? KW : inside;
    for (let kh = 0; kh < KH; kh++) {
      const ih = ih0 + kh;
      if (ih >= 0 && ih < H && hi > lo) {
        const before = <usize>lo * cb,
          bytes = <usize>(hi - lo) * cb;
        const pixel = x + (<usize>ih * <usize>W + <usize>(iw0 + lo)) * cb;
        if (scatter) {
          addFloats(pixel, rows + before, bytes);
        } else {
          zeroFloats(rows, before);
          copyFloats(rows + before, pixel, bytes);
          zeroFloats(rows + before + bytes, tapBytes - before - bytes);
        }
      } else if (!scatter) {
        zeroFloats(rows, tapBytes);
      }
      rows += tapBytes;
    }
    if (++ow == OW) {
      ow = 0;
      if (++oh == OH) {
        oh = 0;
        x += imageBytes;
      }
    }
  }
}

/** y[N,OH,OW,Co]; with a bias[Co], activation(y + bias). */
export function convForward(
  x: Address,
  w: Address,
  y: Address,
  N: usize,
  H: i32,
  W: i32,
  C: usize,
  KH: i32,
  KW: i32,
  S: i32,
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
  const rowLength = <usize>KH * <usize>KW * C,
    pixels = N * OH * OW;
  const block = blockPixels(rowLength, pixels),
    rows = work + gemmWorkBytes();
  for (let p: usize = 0; p < pixels; p += block) {
    const n = min(pixels - p, block),
      to = y + p * Co * 4;
    receptiveFields(x, rows, p, n, H, W, C, KH, KW, S, top, left, OH, OW, false);
    if (bias) gemmFused(rows, w, to, n, Co, rowLength, bias, activation, slope, work);
    else gemm(rows, rowLength, 1, w, Co, 1, to, Co, n, Co, rowLength, false, work);
  }
}

/** dx[N,H,W,C] */
export function convInputGradient(
  dy: Address,
  w: Address,
  dx: Address,
  N: usize,
  H: i32,
  W: i32,
  C: usize,
  KH: i32,
  KW: i32,
  S: i32,
  top: i32,
  left: i32,
  OH: usize,
  OW: usize,
  Co: usize,
  work: Address,
): void {
  const rowLength = <usize>KH * <usize>KW * C,
    pixels = N * OH * OW;
  const block = blockPixels(rowLength, pixels),
    rows = work + gemmWorkBytes();
  memory.fill(dx, 0, N * <usize>H * <usize>W * C * 4);
  for (let p: usize = 0; p < pixels; p += block) {
    const n = min(pixels - p, block);
    gemm(dy + p * Co * 4, Co, 1, w, 1, Co, rows, rowLength, n, rowLength, Co, false, work);
    receptiveFields(dx, rows, p, n, H, W, C, KH, KW, S, top, left, OH, OW, true);
  }
}

/** dw[KH,KW,C,Co] */
export function convWeightGradient(
  x: Address,
  dy: Address,
  dw: Address,
  N: usize,
  H: i32,
  W: i32,
  C: usize,
  KH: i32,
  KW: i32,
  S: i32,
  top: i32,
  left: i32,
  OH: usize,
  OW: usize,
  Co: usize,
  work: Address,
): void {
  const rowLength = <usize>KH * <usize>KW * C,
    pixels = N * OH * OW;
  const block = blockPixels(rowLength, pixels),
    rows = work + gemmWorkBytes();
  for (let p: usize = 0; p < pixels; p += block) {
    const n = min(pixels - p, block);
    receptiveFields(x, rows, p, n, H, W, C, KH, KW, S, top, left, OH, OW, false);
    gemm(rows, 1, rowLength, dy + p * Co * 4, Co, 1, dw, Co, rowLength, Co, n, p > 0, work);
  }
}

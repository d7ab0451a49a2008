// Blur and halve: x[B,H,W,C] to y[B,ceil(H/2),ceil(W/2),C] by the 3x3 binomial kernel [1,2,1]x[1,2,1]/16 with stride 2,
// the image reflected by one pixel at its borders, which need H and W >= 2.
import { Address, fma } from './simd';
import { loadPart, storePart } from './part';

/** Sum of three rows' floats with the weights 1, 2, 1. */
function binomial(a: v128, b: v128, c: v128): v128 {
  return fma(b, f32x4.splat(2), f32x4.add(a, c));
}

/** One output pixel from the pixels of three rows: the left, middle and right one lie at l, m and r bytes. */
function blurredPixel(
  top: usize,
  middle: usize,
  bottom: usize,
  l: usize,
  m: usize,
  r: usize,
  y: usize,
  C: usize,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    sixteenth = f32x4.splat(1.0 / 16.0);
  let c: usize = 0;
  if (full > 0)
    do {
      const left = binomial(v128.load(top + l), v128.load(middle + l), v128.load(bottom + l));
      const centre = binomial(v128.load(top + m), v128.load(middle + m), v128.load(bottom + m));
      const right = binomial(v128.load(top + r), v128.load(middle + r), v128.load(bottom + r));
      v128.store(y + c, f32x4.mul(binomial(left, centre, right), sixteenth));
      c += 16;
      l += 16;
      m += 16;
      r += 16;
    } while (c < full);
  if (rest > 0) {
    const left = binomial(loadPart(top + l, rest), loadPart(middle + l, rest), loadPart(bottom + l, rest));
    const centre = binomial(loadPart(top + m, rest), loadPart(middle + m, rest), loadPart(bottom + m, rest));
    const right = binomial(loadPart(top + r, rest), loadPart(middle + r, rest), loadPart(bottom + r, rest));
    storePart(y + c, f32x4.mul(binomial(left, centre, right), sixteenth), rest);
  }
}

export function blurPool(x: Address, y: Address, B: usize, H: usize, W: usize, C: usize): void {
  const cb = C << 2,
    row = W * cb;
  for (let b: usize = 0; b < B; b++) {
    for (let h: usize = 0; h < H; h += 2) {
      const middle = x + h * row,
        top = h > 0 ? middle - row : middle + row,
        bottom = h + 1 < H ? middle + row : middle - row;
      for (let w: usize = 0; w < W; w += 2) {
        const m = w * cb,
          l = w > 0 ? m - cb : m + cb,
          r = w + 1 < W ? m + cb : m - cb;
        blurredPixel(top, middle, bottom, l, m, r, y, C);
        y += cb;
      }
    }
    x += H * row;
  }
}

/** One input pixel: sum of the output pixels at l and r bytes in two rows, with the products of their weights. */
function spreadPixel(
  top: usize,
  bottom: usize,
  l: usize,
  r: usize,
  dx: usize,
  C: usize,
  topLeft: v128,
  topRight: v128,
  bottomLeft: v128,
  bottomRight: v128,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3;
  let c: usize = 0;
  if (full > 0)
    do {
      let sum = f32x4.mul(v128.load(top + l), topLeft);
      sum = fma(v128.load(top + r), topRight, sum);
      sum = fma(v128.load(bottom + l), bottomLeft, sum);
      v128.store(dx + c, fma(v128.load(bottom + r), bottomRight, sum));
      c += 16;
      l += 16;
      r += 16;
    } while (c < full);
  if (rest > 0) {
    let sum = f32x4.mul(loadPart(top + l, rest), topLeft);
    sum = fma(loadPart(top + r, rest), topRight, sum);
    sum = fma(loadPart(bottom + l, rest), bottomLeft, sum);
    storePart(dx + c, fma(loadPart(bottom + r, rest), bottomRight, sum), rest);
  }
}

/** Weight, times 4, of input place i in output floor(i/2): the middle of its window, or at its right, also reflected. */
function before(i: usize): f32 {
  return (i & 1) == 0 || i == 1 ? 2 : 1;
}

/** The same in the output after that, which an odd place i reaches where i + 1 exists; the last is reached twice. */
function after(i: usize, size: usize): f32 {
  if ((i & 1) == 0 || i + 1 >= size) return 0;
  return i + 2 == size ? 2 : 1;
}

export function blurPoolGradient(dy: Address, dx: Address, B: usize, H: usize, W: usize, C: usize): void {
  const cb = C << 2,
    OW = (W + 1) >> 1,
    row = OW * cb;
  for (let b: usize = 0; b < B; b++) {
    for (let h: usize = 0; h < H; h++) {
      const upper = before(h) / 16,
        lower = after(h, H) / 16,
        top = dy + (h >> 1) * row,
        bottom = lower > 0 ? top + row : top;
      for (let w: usize = 0; w < W; w++) {
        const first = before(w),
          second = after(w, W),
          l = (w >> 1) * cb,
          r = second > 0 ? l + cb : l;
        spreadPixel(
          top,
          bottom,
          l,
          r,
          dx,
          C,
          f32x4.splat(upper * first),
          f32x4.splat(upper * second),
          f32x4.splat(lower * first),
          f32x4.splat(lower * second),
        );
        dx += cb;
      }
    }
    dy += ((H + 1) >> 1) * row;
  }
}

// Gradients of y = activation((x - centre)·scale + shift) over rows of C channels, in two passes: sums over the rows, then
// dx. Arrays of channels are padded, as in channel-affine.ts.
import { gradient, HardSwish, Identity, is, LeakyRelu, Relu, Silu } from './activation';
import { BLOCK, padded, together } from './channel-affine';
import { Lanes } from './part';
import { fma, min } from './simd';
import { drain } from './sums';

/** Compiled into their callers, where the constant `whole` folds. */
class Inlined {
  /** A vector of a row in the first pass. */
  @inline
  static sum<A>(
    whole: bool,
    n: usize,
    x: usize,
    dy: usize,
    dx: usize,
    centre: usize,
    scale: usize,
    shift: usize,
    sum: usize,
    dot: usize,
    slope: v128,
  ): void {
    const v = f32x4.sub(Lanes.load(whole, x, n), v128.load(centre));
    const dz = gradient<A>(fma(v, v128.load(scale), v128.load(shift)), Lanes.load(whole, dy, n), slope);
    if (is<A, Silu>()) Lanes.store(whole, dx, dz, n);
    v128.store(sum, f32x4.add(v128.load(sum), dz));
    v128.store(dot, fma(v, dz, v128.load(dot)));
  }

  /** A vector of a row in the second pass. */
  @inline
  static apply<A>(
    whole: bool,
    n: usize,
    x: usize,
    dy: usize,
    dx: usize,
    centre: usize,
    scale: usize,
    shift: usize,
    slant: usize,
    offset: usize,
    slope: v128,
  ): void {
    const v = f32x4.sub(Lanes.load(whole, x, n), v128.load(centre)),
      k = v128.load(scale);
    const dz = gradient<A>(fma(v, k, v128.load(shift)), Lanes.load(whole, dy, n), slope);
    Lanes.store(whole, dx, fma(dz, k, fma(v, v128.load(slant), v128.load(offset))), n);
  }
}

/** `sumRows`, two rows of whole vectors at a time. Returns the rows done. */
function sumPairs<A>(
  x: usize,
  dy: usize,
  dx: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  sum: usize,
  dot: usize,
  R: usize,
  C: usize,
  slope: v128,
): usize {
  const stride = C << 2,
    pairs = R & ~1;
  for (let r: usize = 0; r < pairs; r += 2) {
    for (let c: usize = 0; c < stride; c += 16) {
      const m = v128.load(centre + c),
        f = v128.load(scale + c),
        o = v128.load(shift + c);
      const u = f32x4.sub(v128.load(x), m),
        v = f32x4.sub(v128.load(x + stride), m);
      const du = gradient<A>(fma(u, f, o), v128.load(dy), slope);
      const dv = gradient<A>(fma(v, f, o), v128.load(dy + stride), slope);
      if (is<A, Silu>()) {
        v128.store(dx, du);
        v128.store(dx + stride, dv);
        dx += 16;
      }
      v128.store(sum + c, f32x4.add(v128.load(sum + c), f32x4.add(du, dv)));
      v128.store(dot + c, fma(v, dv, fma(u, du, v128.load(dot + c))));
      x += 16;
      dy += 16;
    }
    x += stride;
    dy += stride;
    dx += stride;
  }
  return pairs;
}

/**
 * One block: sum += dz and dot += (x - centre)·dz, where dz is the gradient before the activation. SiLU's costs an
 * exponential, so it is kept in dx for the second pass; the others are cheaper to compute again.
 */
function sumRows<A>(
  x: usize,
  dy: usize,
  dx: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  sum: usize,
  dot: usize,
  R: usize,
  C: usize,
  slope: v128,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  const done = together(C) ? sumPairs<A>(x, dy, dx, centre, scale, shift, sum, dot, R, C, slope) : 0;
  x += done * stride;
  dy += done * stride;
  dx += done * stride;
  for (let r = done; r < R; r++) {
    let c: usize = 0;
    if (full > 0)
      do {
        Inlined.sum<A>(
          true,
          4,
          x + c,
          dy + c,
          dx + c,
          centre + c,
          scale + c,
          shift + c,
          sum + c,
          dot + c,
          slope,
        );
        c += 16;
      } while (c < full);
    if (rest > 0)
      Inlined.sum<A>(
        false,
        rest,
        x + c,
        dy + c,
        dx + c,
        centre + c,
        scale + c,
        shift + c,
        sum + c,
        dot + c,
        slope,
      );
    x += stride;
    dy += stride;
    dx += stride;
  }
}

/**
 * The first pass: sums over all rows, in float64. totals = [Σ dz, Σ (x - centre)·dz], each padded; `sums` has room for
 * both in float32.
 */
export function reduce(
  x: usize,
  dy: usize,
  dx: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  sums: usize,
  totals: usize,
  R: usize,
  C: usize,
  activation: i32,
  slope: f32,
): void {
  const cb = padded(C),
    s = f32x4.splat(slope),
    dot = sums + cb;
  memory.fill(sums, 0, cb * 2);
  memory.fill(totals, 0, cb * 4);
  for (let done: usize = 0; done < R; done += BLOCK) {
    const n = min(R - done, BLOCK),
      p = x + done * C * 4,
      g = dy + done * C * 4,
      d = dx + done * C * 4;
    if (activation == 1) sumRows<Relu>(p, g, d, centre, scale, shift, sums, dot, n, C, s);
    else if (activation == 2) sumRows<LeakyRelu>(p, g, d, centre, scale, shift, sums, dot, n, C, s);
    else if (activation == 3) sumRows<HardSwish>(p, g, d, centre, scale, shift, sums, dot, n, C, s);
    else if (activation == 4) sumRows<Silu>(p, g, d, centre, scale, shift, sums, dot, n, C, s);
    else sumRows<Identity>(p, g, d, centre, scale, shift, sums, dot, n, C, s);
    drain(sums, totals, cb * 2);
  }
}

/** `gradientRows`, two rows of whole vectors at a time. Returns the rows done. */
function gradientPairs<A>(
  x: usize,
  dy: usize,
  dx: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  slant: usize,
  offset: usize,
  R: usize,
  C: usize,
  slope: v128,
): usize {
  const stride = C << 2,
    pairs = R & ~1;
  for (let r: usize = 0; r < pairs; r += 2) {
    for (let c: usize = 0; c < stride; c += 16) {
      const m = v128.load(centre + c),
        f = v128.load(scale + c),
        o = v128.load(shift + c);
      const s = v128.load(slant + c),
        b = v128.load(offset + c);
      const u = f32x4.sub(v128.load(x), m),
        v = f32x4.sub(v128.load(x + stride), m);
      const du = gradient<A>(fma(u, f, o), v128.load(dy), slope);
      const dv = gradient<A>(fma(v, f, o), v128.load(dy + stride), slope);
      v128.store(dx, fma(du, f, fma(u, s, b)));
      v128.store(dx + stride, fma(dv, f, fma(v, s, b)));
      x += 16;
      dy += 16;
      dx += 16;
    }
    x += stride;
    dy += stride;
    dx += stride;
  }
  return pairs;
}

/** dx = dz·scale + (x - centre)·slant + offset; the last two arrays carry what the batch statistics add. */
function gradientRows<A>(
  x: usize,
  dy: usize,
  dx: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  slant: usize,
  offset: usize,
  R: usize,
  C: usize,
  slope: v128,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  const done = together(C)
    ? gradientPairs<A>(x, dy, dx, centre, scale, shift, slant, offset, R, C, slope)
    : 0;
  x += done * stride;
  dy += done * stride;
  dx += done * stride;
  for (let r = done; r < R; r++) {
    let c: usize = 0;
    if (full > 0)
      do {
        Inlined.apply<A>(
          true,
          4,
          x + c,
          dy + c,
          dx + c,
          centre + c,
          scale + c,
          shift + c,
          slant + c,
          offset + c,
          slope,
        );
        c += 16;
      } while (c < full);
    if (rest > 0)
      Inlined.apply<A>(
        false,
        rest,
        x + c,
        dy + c,
        dx + c,
        centre + c,
        scale + c,
        shift + c,
        slant + c,
        offset + c,
        slope,
      );
    x += stride;
    dy += stride;
    dx += stride;
  }
}

/** The second pass; for SiLU `reduce` left dz in dx. */
export function applyGradient(
  x: usize,
  dy: usize,
  dx: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  slant: usize,
  offset: usize,
  R: usize,
  C: usize,
  activation: i32,
  slope: f32,
): void {
  const s = f32x4.splat(slope);
  if (activation == 1) gradientRows<Relu>(x, dy, dx, centre, scale, shift, slant, offset, R, C, s);
  else if (activation == 2) gradientRows<LeakyRelu>(x, dy, dx, centre, scale, shift, slant, offset, R, C, s);
  else if (activation == 3) gradientRows<HardSwish>(x, dy, dx, centre, scale, shift, slant, offset, R, C, s);
  else if (activation == 4) gradientRows<Identity>(x, dx, dx, centre, scale, shift, slant, offset, R, C, s);
  else gradientRows<Identity>(x, dy, dx, centre, scale, shift, slant, offset, R, C, s);
}

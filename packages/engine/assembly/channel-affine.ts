// Rows of C channels through y = activation((x - centre)·scale + shift), and the gradients: the passes that batch
// normalisation and a fixed scale and shift have in common. centre, scale, shift and the sums are arrays of
// `padded(C)` floats, so that their last vector is whole.
import { fma, min } from './simd';
import { loadPart, storePart } from './part';
import { drain } from './sums';
import { gradient, HardSwish, Identity, is, LeakyRelu, Relu, Silu, value } from './activation';

/** Rows whose sums are taken in float32. */
export const BLOCK: usize = 256;

/**
 * Whether several rows are worked on at a time, so that what belongs to a channel is read once for all of them. That pays
 * where rows are short; long ones would be as many short streams, which the processor does not fetch ahead.
 */
export function together(C: usize): bool {
  return (C & 3) == 0 && C <= 64;
}

/** Bytes of an array of C floats, rounded up to whole vectors. */
export function padded(C: usize): usize {
  return ((C + 3) & ~3) << 2;
}

/** Copies C floats into a padded array. */
export function pad(from: usize, to: usize, C: usize): void {
  memory.copy(to, from, C << 2);
  memory.fill(to + (C << 2), 0, padded(C) - (C << 2));
}

function affine(v: v128, centre: usize, scale: usize, shift: usize): v128 {
  return fma(f32x4.sub(v, v128.load(centre)), v128.load(scale), v128.load(shift));
}

/** Two rows of whole vectors at a time: centre, scale and shift are read once for both. Returns the rows done. */
function applyPairs<A>(
  x: usize,
  y: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  R: usize,
  C: usize,
  slope: v128,
): usize {
  const stride = C << 2,
    pairs = R & ~1;
  for (let r: usize = 0; r < pairs; r += 2) {
    let n = C;
    let c = centre,
      k = scale,
      b = shift;
    do {
      const m = v128.load(c),
        f = v128.load(k),
        o = v128.load(b);
      const lower = v128.load(x + stride);
      v128.store(y, value<A>(fma(f32x4.sub(v128.load(x), m), f, o), slope));
      v128.store(y + stride, value<A>(fma(f32x4.sub(lower, m), f, o), slope));
      x += 16;
      y += 16;
      c += 16;
      k += 16;
      b += 16;
      n -= 4;
    } while (n);
    x += stride;
    y += stride;
  }
  return pairs;
}

function applyRows<A>(
  x: usize,
  y: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  R: usize,
  C: usize,
  slope: v128,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  const done = together(C) ? applyPairs<A>(x, y, centre, scale, shift, R, C, slope) : 0;
  x += done * stride;
  y += done * stride;
  for (let r = done; r < R; r++) {
    let c: usize = 0;
    if (full > 0)
      do {
        v128.store(y + c, value<A>(affine(v128.load(x + c), centre + c, scale + c, shift + c), slope));
        c += 16;
      } while (c < full);
    if (rest > 0) {
      const z = affine(loadPart(x + c, rest), centre + c, scale + c, shift + c);
      storePart(y + c, value<A>(z, slope), rest);
    }
    x += stride;
    y += stride;
  }
}

export function apply(
  x: usize,
  y: usize,
  centre: usize,
  scale: usize,
  shift: usize,
  R: usize,
  C: usize,
  activation: i32,
  slope: f32,
): void {
  const s = f32x4.splat(slope);
  if (activation == 1) applyRows<Relu>(x, y, centre, scale, shift, R, C, s);
  else if (activation == 2) applyRows<LeakyRelu>(x, y, centre, scale, shift, R, C, s);
  else if (activation == 3) applyRows<HardSwish>(x, y, centre, scale, shift, R, C, s);
  else if (activation == 4) applyRows<Silu>(x, y, centre, scale, shift, R, C, s);
  else applyRows<Identity>(x, y, centre, scale, shift, R, C, s);
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
        const v = f32x4.sub(v128.load(x + c), v128.load(centre + c));
        const dz = gradient<A>(fma(v, v128.load(scale + c), v128.load(shift + c)), v128.load(dy + c), slope);
        if (is<A, Silu>()) v128.store(dx + c, dz);
        v128.store(sum + c, f32x4.add(v128.load(sum + c), dz));
        v128.store(dot + c, fma(v, dz, v128.load(dot + c)));
        c += 16;
      } while (c < full);
    if (rest > 0) {
      const v = f32x4.sub(loadPart(x + c, rest), v128.load(centre + c));
      const dz = gradient<A>(
        fma(v, v128.load(scale + c), v128.load(shift + c)),
        loadPart(dy + c, rest),
        slope,
      );
      if (is<A, Silu>()) storePart(dx + c, dz, rest);
      v128.store(sum + c, f32x4.add(v128.load(sum + c), dz));
      v128.store(dot + c, fma(v, dz, v128.load(dot + c)));
    }
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
        const v = f32x4.sub(v128.load(x + c), v128.load(centre + c)),
          k = v128.load(scale + c);
        const dz = gradient<A>(fma(v, k, v128.load(shift + c)), v128.load(dy + c), slope);
        v128.store(dx + c, fma(dz, k, fma(v, v128.load(slant + c), v128.load(offset + c))));
        c += 16;
      } while (c < full);
    if (rest > 0) {
      const v = f32x4.sub(loadPart(x + c, rest), v128.load(centre + c)),
        k = v128.load(scale + c);
      const dz = gradient<A>(fma(v, k, v128.load(shift + c)), loadPart(dy + c, rest), slope);
      storePart(dx + c, fma(dz, k, fma(v, v128.load(slant + c), v128.load(offset + c))), rest);
    }
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

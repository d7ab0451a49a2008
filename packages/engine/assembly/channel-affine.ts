// Rows of C channels through y = activation((x - centre)·scale + shift): what batch normalisation and a fixed scale and
// shift have in common. centre, scale and shift are arrays of `padded(C)` floats, so that their last vector is whole.
import { HardSwish, Identity, LeakyRelu, Relu, Silu, value } from './activation';
import { Lanes } from './part';
import { fma } from './simd';

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

/** Compiled into its callers, where the constant `whole` folds. */
class Inlined {
  /** A vector of a row. */
  @inline
  static apply<A>(
    whole: bool,
    n: usize,
    x: usize,
    y: usize,
    centre: usize,
    scale: usize,
    shift: usize,
    slope: v128,
  ): void {
    const v = f32x4.sub(Lanes.load(whole, x, n), v128.load(centre));
    Lanes.store(whole, y, value<A>(fma(v, v128.load(scale), v128.load(shift)), slope), n);
  }
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
        Inlined.apply<A>(true, 4, x + c, y + c, centre + c, scale + c, shift + c, slope);
        c += 16;
      } while (c < full);
    if (rest > 0) Inlined.apply<A>(false, rest, x + c, y + c, centre + c, scale + c, shift + c, slope);
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

// Pixels of a depthwise convolution, four neighbours at a time and channel by channel: the sums stay in registers, and a
// source vector is loaded once for all the taps in a row that read it. No block of code holds more vectors than there are
// registers, also when the compiler moves all of its loads to the front: so a row of five taps is one of three and one of
// two.
import { fma } from './simd';

/** Compiled into their callers, where constant arguments fold. */
class Inlined {
  /** Whether column j of a group's source lies in the image: always, unless the group is at an edge. */
  @inline
  static has(edge: bool, j: usize, low: usize, span: usize): bool {
    // Unsigned: a column before the first is far behind the last.
    return !edge || j - low < span;
  }

  /**
   * One group. nw is 1 (any number of taps, any step), 2, 3 or 5 (step 1), and is known, as is `edge`, where this is compiled
   * into its caller. p: the source of the first pixel's first tap, of which `span` columns from `low` exist; t: taps[C/4][..][4],
   * the vectors `tapPitch` apart.
   */
  @inline
  static group(
    nw: i32,
    edge: bool,
    p: usize,
    t: usize,
    y: usize,
    nh: usize,
    width: usize,
    rowBytes: usize,
    tapPitch: usize,
    cb: usize,
    step: usize,
    outStep: usize,
    low: usize,
    span: usize,
    bytes: usize,
  ): void {
    const tapRow = width << 4,
      sb = step * cb;
    do {
      let a0 = f32x4.splat(0),
        a1 = a0,
        a2 = a0,
        a3 = a0,
        r = p,
        w = t,
        i = nh;
      if (nw == 1) {
        do {
          let q = r,
            v = w,
            j: usize = 0;
          do {
            const k = v128.load(v);
            if (Inlined.has(edge, j, low, span)) a0 = fma(v128.load(q), k, a0);
            if (Inlined.has(edge, j + step, low, span)) a1 = fma(v128.load(q + sb), k, a1);
            if (Inlined.has(edge, j + step * 2, low, span)) a2 = fma(v128.load(q + sb * 2), k, a2);
            if (Inlined.has(edge, j + step * 3, low, span)) a3 = fma(v128.load(q + sb * 3), k, a3);
            q += cb;
            v += 16;
          } while (++j < width);
          r += rowBytes;
          w += tapRow;
        } while (--i);
      }
      if (nw == 3 || nw == 5) {
        do {
          const k0 = v128.load(w),
            k1 = v128.load(w, 16),
            k2 = v128.load(w, 32);
          let q = r;
          if (Inlined.has(edge, 0, low, span)) {
            const x = v128.load(q);
            a0 = fma(x, k0, a0);
          }
          q += cb;
          if (Inlined.has(edge, 1, low, span)) {
            const x = v128.load(q);
            a0 = fma(x, k1, a0);
            a1 = fma(x, k0, a1);
          }
          q += cb;
          if (Inlined.has(edge, 2, low, span)) {
            const x = v128.load(q);
            a0 = fma(x, k2, a0);
            a1 = fma(x, k1, a1);
            a2 = fma(x, k0, a2);
          }
          q += cb;
          if (Inlined.has(edge, 3, low, span)) {
            const x = v128.load(q);
            a1 = fma(x, k2, a1);
            a2 = fma(x, k1, a2);
            a3 = fma(x, k0, a3);
          }
          q += cb;
          if (Inlined.has(edge, 4, low, span)) {
            const x = v128.load(q);
            a2 = fma(x, k2, a2);
            a3 = fma(x, k1, a3);
          }
          q += cb;
          if (Inlined.has(edge, 5, low, span)) {
            const x = v128.load(q);
            a3 = fma(x, k2, a3);
          }
          r += rowBytes;
          w += tapRow;
        } while (--i);
      }
      if (nw == 2 || nw == 5) {
        // The last two taps of five.
        const from: usize = nw == 5 ? 3 : 0;
        r = p + from * cb;
        w = t + (from << 4);
        i = nh;
        do {
          const k0 = v128.load(w),
            k1 = v128.load(w, 16);
          let q = r;
          if (Inlined.has(edge, from, low, span)) {
            const x = v128.load(q);
            a0 = fma(x, k0, a0);
          }
          q += cb;
          if (Inlined.has(edge, from + 1, low, span)) {
            const x = v128.load(q);
            a0 = fma(x, k1, a0);
            a1 = fma(x, k0, a1);
          }
          q += cb;
          if (Inlined.has(edge, from + 2, low, span)) {
            const x = v128.load(q);
            a1 = fma(x, k1, a1);
            a2 = fma(x, k0, a2);
          }
          q += cb;
          if (Inlined.has(edge, from + 3, low, span)) {
            const x = v128.load(q);
            a2 = fma(x, k1, a2);
            a3 = fma(x, k0, a3);
          }
          q += cb;
          if (Inlined.has(edge, from + 4, low, span)) {
            const x = v128.load(q);
            a3 = fma(x, k1, a3);
          }
          r += rowBytes;
          w += tapRow;
        } while (--i);
      }
      v128.store(y, a0);
      v128.store(y + outStep, a1);
      v128.store(y + outStep * 2, a2);
      v128.store(y + outStep * 3, a3);
      p += 16;
      t += tapPitch;
      y += 16;
      bytes -= 16;
    } while (bytes);
  }

  /** A group, compiled with the questions of an edge and without. */
  @inline
  static sides(
    nw: i32,
    edge: bool,
    p: usize,
    t: usize,
    y: usize,
    nh: usize,
    width: usize,
    rowBytes: usize,
    tapPitch: usize,
    cb: usize,
    step: usize,
    outStep: usize,
    low: usize,
    span: usize,
    bytes: usize,
  ): void {
    if (edge)
      Inlined.group(nw, true, p, t, y, nh, width, rowBytes, tapPitch, cb, step, outStep, low, span, bytes);
    else
      Inlined.group(nw, false, p, t, y, nh, width, rowBytes, tapPitch, cb, step, outStep, low, span, bytes);
  }
}

/** One pixel, from `span` taps of a row from `low`. */
function one(
  p: usize,
  t: usize,
  y: usize,
  nh: usize,
  width: usize,
  rowBytes: usize,
  tapPitch: usize,
  cb: usize,
  low: usize,
  span: usize,
  bytes: usize,
): void {
  for (let c: usize = 0; c < bytes; c += 16) {
    let a = f32x4.splat(0),
      r = p + c,
      w = t;
    for (let i: usize = 0; i < nh; i++) {
      for (let j = low; j < low + span; j++) a = fma(v128.load(r + j * cb), v128.load(w + (j << 4)), a);
      r += rowBytes;
      w += width << 4;
    }
    v128.store(y + c, a);
    t += tapPitch;
  }
}

/**
 * `bytes` of the channels of `count` pixels in a row: each the sum of nh x nw taps over the source rows at p, `rowBytes`
 * apart, whose pixels have `cb` bytes. The first pixel's window starts at column `column` of the source's W columns, its
 * neighbour's `step` columns later; outside of the source is zero. A pixel goes `outStep` bytes after its neighbour.
 */
export function pixels(
  p: usize,
  t: usize,
  y: usize,
  nh: usize,
  nw: usize,
  rowBytes: usize,
  tapPitch: usize,
  cb: usize,
  column: isize,
  W: usize,
  step: usize,
  outStep: usize,
  count: usize,
  bytes: usize,
): void {
  if (nh == 0 || nw == 0) {
    for (; count > 0; count--) {
      memory.fill(y, 0, bytes);
      y += outStep;
    }
    return;
  }
  const several = count >= 4,
    columns = several ? step * 3 + nw : nw;
  for (let done: usize = 0; done < count; done += several ? 4 : 1) {
    // The last four overlap those before them where the count is no multiple of four.
    const first = several ? select(done, count - 4, done + 4 <= count) : done;
    const start = column + <isize>(first * step),
      q = p + <usize>start * cb,
      o = y + first * outStep;
    const low = max<isize>(-start, 0),
      span = <usize>max<isize>(min<isize>(columns, W - start) - low, 0);
    const edge = span < columns,
      three = step == 1 && nw == 3,
      five = step == 1 && nw == 5;
    // Each call compiles a group of its own.
    if (!several) one(q, t, o, nh, nw, rowBytes, tapPitch, cb, <usize>low, span, bytes);
    else if (three)
      Inlined.sides(3, edge, q, t, o, nh, nw, rowBytes, tapPitch, cb, 1, outStep, <usize>low, span, bytes);
    else if (five)
      Inlined.sides(5, edge, q, t, o, nh, nw, rowBytes, tapPitch, cb, 1, outStep, <usize>low, span, bytes);
    else if (step == 1 && nw == 2 && !edge)
      Inlined.group(2, false, q, t, o, nh, nw, rowBytes, tapPitch, cb, 1, outStep, <usize>low, span, bytes);
    else
      Inlined.sides(1, edge, q, t, o, nh, nw, rowBytes, tapPitch, cb, step, outStep, <usize>low, span, bytes);
  }
}

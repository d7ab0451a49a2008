// Gradient of a depthwise convolution's weight, NHWC, C % 4 == 0: for each tap and channel the sum over all pixels of dy
// times the source that the tap reads there. As in depthwise-convolution-pixels.ts, four neighbours and up to three taps of a row at a
// time; the sums are in memory, t[KW][C] for each row of taps.
import { bandRows, channelBytes } from './depthwise-convolution';
import { addFloats } from './linear';
import { Address, fma, touch } from './simd';

/** Compiled into their callers, where constant arguments fold. */
class Inlined {
  /** Column j of a group's source, zero where it does not exist. */
  @inline
  static column(edge: bool, p: usize, j: usize, low: usize, span: usize): v128 {
    // Unsigned: a column before the first is far behind the last.
    return !edge || j - low < span ? v128.load(p) : f32x4.splat(0);
  }

  /** Pixel i of a group's dy, zero beyond its count. */
  @inline
  static pixel(edge: bool, g: usize, i: usize, count: usize): v128 {
    return !edge || i < count ? v128.load(g) : f32x4.splat(0);
  }

  /**
   * Adds `count` (up to 4) pixels at g to the sums of nw (1, 2 or 3) neighbouring taps at t; where nw is 3, the pixels' windows
   * are one column apart. p: the source of the first pixel's first tap, of which `span` columns from `low` exist.
   */
  @inline
  static group(
    nw: i32,
    edge: bool,
    p: usize,
    g: usize,
    t: usize,
    cb: usize,
    step: usize,
    low: usize,
    span: usize,
    count: usize,
    bytes: usize,
  ): void {
    const sb = step * cb;
    do {
      const g0 = v128.load(g),
        g1 = Inlined.pixel(edge, g + cb, 1, count);
      const g2 = Inlined.pixel(edge, g + cb * 2, 2, count),
        g3 = Inlined.pixel(edge, g + cb * 3, 3, count);
      let s0 = v128.load(t);
      if (nw == 1) {
        s0 = fma(g0, Inlined.column(edge, p, 0, low, span), s0);
        s0 = fma(g1, Inlined.column(edge, p + sb, step, low, span), s0);
        s0 = fma(g2, Inlined.column(edge, p + sb * 2, step * 2, low, span), s0);
        s0 = fma(g3, Inlined.column(edge, p + sb * 3, step * 3, low, span), s0);
      } else if (nw == 2) {
        let s1 = v128.load(t + cb);
        s0 = fma(g0, Inlined.column(edge, p, 0, low, span), s0);
        s1 = fma(g0, Inlined.column(edge, p + cb, 1, low, span), s1);
        s0 = fma(g1, Inlined.column(edge, p + sb, step, low, span), s0);
        s1 = fma(g1, Inlined.column(edge, p + sb + cb, step + 1, low, span), s1);
        s0 = fma(g2, Inlined.column(edge, p + sb * 2, step * 2, low, span), s0);
        s1 = fma(g2, Inlined.column(edge, p + sb * 2 + cb, step * 2 + 1, low, span), s1);
        s0 = fma(g3, Inlined.column(edge, p + sb * 3, step * 3, low, span), s0);
        s1 = fma(g3, Inlined.column(edge, p + sb * 3 + cb, step * 3 + 1, low, span), s1);
        v128.store(t + cb, s1);
      } else {
        let s1 = v128.load(t + cb),
          s2 = v128.load(t + cb * 2),
          q = p,
          x = Inlined.column(edge, q, 0, low, span);
        s0 = fma(g0, x, s0);
        q += cb;
        x = Inlined.column(edge, q, 1, low, span);
        s0 = fma(g1, x, s0);
        s1 = fma(g0, x, s1);
        q += cb;
        x = Inlined.column(edge, q, 2, low, span);
        s0 = fma(g2, x, s0);
        s1 = fma(g1, x, s1);
        s2 = fma(g0, x, s2);
        q += cb;
        x = Inlined.column(edge, q, 3, low, span);
        s0 = fma(g3, x, s0);
        s1 = fma(g2, x, s1);
        s2 = fma(g1, x, s2);
        q += cb;
        x = Inlined.column(edge, q, 4, low, span);
        s1 = fma(g3, x, s1);
        s2 = fma(g2, x, s2);
        q += cb;
        x = Inlined.column(edge, q, 5, low, span);
        v128.store(t + cb, s1);
        v128.store(t + cb * 2, fma(g3, x, s2));
      }
      v128.store(t, s0);
      p += 16;
      g += 16;
      t += 16;
      bytes -= 16;
    } while (bytes);
  }

  /** A group, compiled with the questions of an edge and without. */
  @inline
  static sides(
    nw: i32,
    edge: bool,
    p: usize,
    g: usize,
    t: usize,
    cb: usize,
    step: usize,
    low: usize,
    span: usize,
    count: usize,
    bytes: usize,
  ): void {
    if (edge) Inlined.group(nw, true, p, g, t, cb, step, low, span, count, bytes);
    else Inlined.group(nw, false, p, g, t, cb, step, low, span, count, bytes);
  }
}

/** Adds a row of OW pixels at g to the sums of `KW` taps, whose first reads column `column` of p[W] for the first pixel. */
function row(
  p: usize,
  g: usize,
  t: usize,
  W: usize,
  KW: usize,
  S: usize,
  left: usize,
  OW: usize,
  cb: usize,
  bytes: usize,
): void {
  for (let ow: usize = 0; ow < OW; ow += 4) {
    const count = min<usize>(OW - ow, 4),
      o = g + ow * cb;
    for (let kw: usize = 0; kw < KW;) {
      const nw = min<usize>(KW - kw, S == 1 ? 3 : 2),
        columns = (count - 1) * S + nw;
      const start = <isize>(ow * S + kw) - <isize>left,
        q = p + <usize>start * cb,
        s = t + kw * cb;
      const low = max<isize>(-start, 0),
        span = <usize>max<isize>(min<isize>(columns, W - start) - low, 0);
      const edge = span < columns || count < 4;
      if (nw == 3) Inlined.sides(3, edge, q, o, s, cb, S, <usize>low, span, count, bytes);
      else if (nw == 2) Inlined.sides(2, edge, q, o, s, cb, S, <usize>low, span, count, bytes);
      else Inlined.sides(1, edge, q, o, s, cb, S, <usize>low, span, count, bytes);
      kw += nw;
    }
  }
}

/** dw[KH,KW,C], added up band by band, for precision. `work`: KH*KW*C floats and one for `touch`. */
export function depthwiseWeightGradient(
  x: Address,
  dy: Address,
  dw: Address,
  N: usize,
  H: usize,
  W: usize,
  C: usize,
  KH: usize,
  KW: usize,
  S: usize,
  top: usize,
  left: usize,
  OH: usize,
  OW: usize,
  work: Address,
): void {
  const cb = C << 2,
    rowBytes = W * cb,
    all = KH * KW * cb;
  const band = bandRows(S * rowBytes),
    block = channelBytes(1, KW, S);
  let touched = 0;
  memory.fill(dw, 0, all);
  for (let n: usize = 0; n < N; n++) {
    for (let oh: usize = 0; oh < OH; oh += band) {
      const rows = min<usize>(OH - oh, band),
        from = oh * S * rowBytes,
        to = min<usize>((oh + rows) * S, H) * rowBytes;
      if (to > from) touched |= touch(x + from, to - from);
      touched |= touch(dy, rows * OW * cb);
      memory.fill(work, 0, all);
      for (let c: usize = 0; c < cb; c += block) {
        const bytes = min<usize>(cb - c, block);
        for (let r: usize = 0; r < rows; r++) {
          for (let kh: usize = 0; kh < KH; kh++) {
            const h = <isize>((oh + r) * S + kh) - <isize>top;
            if (h < 0 || h >= <isize>H) continue;
            row(
              x + <usize>h * rowBytes + c,
              dy + r * OW * cb + c,
              work + kh * KW * cb + c,
              W,
              KW,
              S,
              left,
              OW,
              cb,
              bytes,
            );
          }
        }
      }
      addFloats(dw, work, all);
      dy += rows * OW * cb;
    }
    x += H * rowBytes;
  }
  i32.store(work + all, touched);
}

// Depthwise convolution, NHWC, weight [KH,KW,C], C % 4 == 0 (`widen` and `narrow` make it so), any stride S and padding,
// and the gradient of its input. Nothing is padded: the rows of taps that fall outside of the image are left out, and at
// the sides the columns.
import { pixels } from './depthwise-convolution-pixels';
import { epilogue } from './epilogue';
import { Address, copyFloats, touch, zeroFloats } from './simd';

/** Bytes of the source rows that are worked on at a time: they stay in the second level cache. */
const BAND: usize = 131072;

/** Bytes of taps and source pixels that a group of output pixels reads: they stay in the first level cache. */
const NEAR: usize = 24576;

/** x[R,C] -> y[R,wide], the new channels zero. */
export function widen(x: Address, y: Address, R: usize, C: usize, wide: usize): void {
  for (let r: usize = 0; r < R; r++) {
    copyFloats(y, x, C << 2);
    zeroFloats(y + (C << 2), (wide - C) << 2);
    x += C << 2;
    y += wide << 2;
  }
}

/** x[R,wide] -> y[R,C] */
export function narrow(x: Address, y: Address, R: usize, C: usize, wide: usize): void {
  for (let r: usize = 0; r < R; r++) {
    copyFloats(y, x, C << 2);
    x += wide << 2;
    y += C << 2;
  }
}

/** Taps that a pixel of the input sees at most, along an axis. */
function phaseTaps(K: usize, S: usize): usize {
  return (K + S - 1) / S;
}

/** Bytes of working memory of the depthwise functions: taps, and a word for what `touch` answers. */
export function depthwiseWorkBytes(C: usize, KH: usize, KW: usize, S: usize): usize {
  return (C << 2) * S * S * phaseTaps(KH, S) * phaseTaps(KW, S) + 4;
}

/** nh x nw taps of w[KH,KW,C], from tap (kh, kw) in steps of S, or backwards to it: t[C/4][nh*nw][4]. */
function packTaps(
  w: usize,
  t: usize,
  KW: usize,
  C: usize,
  kh: usize,
  kw: usize,
  S: usize,
  nh: usize,
  nw: usize,
  backwards: bool,
): void {
  const cb = C << 2,
    pitch = (nh * nw) << 4;
  for (let i: usize = 0; i < nh; i++) {
    for (let j: usize = 0; j < nw; j++) {
      const h = kh + (backwards ? nh - 1 - i : i) * S,
        v = kw + (backwards ? nw - 1 - j : j) * S;
      const from = w + (h * KW + v) * cb;
      for (let c: usize = 0; c < cb; c += 16) v128.store(t + (c >> 4) * pitch, v128.load(from + c));
      t += 16;
    }
  }
}

/** Bytes of channels that are worked on at a time, whole cache lines. */
export function channelBytes(nh: usize, nw: usize, step: usize): usize {
  return max<usize>((NEAR / (nh * nw + nh * (step * 3 + nw))) & ~63, 64);
}

/** Rows that are worked on at a time. */
export function bandRows(rowBytes: usize): usize {
  return max<usize>(BAND / rowBytes, 1);
}

/** y[N,OH,OW,C]; with a bias[C], activation(y + bias). */
export function depthwiseForward(
  x: Address,
  w: Address,
  y: Address,
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
  bias: Address,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  const cb = C << 2,
    rowBytes = W * cb,
    tapPitch = (KH * KW) << 4;
  const band = bandRows(S * rowBytes),
    block = channelBytes(KH, KW, S);
  let touched = 0;
  packTaps(w, work, KW, C, 0, 0, 1, KH, KW, false);
  for (let n: usize = 0; n < N; n++) {
    for (let oh: usize = 0; oh < OH; oh += band) {
      const rows = min<usize>(OH - oh, band),
        from = oh * S * rowBytes,
        to = min<usize>((oh + rows) * S, H) * rowBytes;
      if (to > from) touched |= touch(x + from, to - from);
      touched |= touch(y, rows * OW * cb);
      for (let c: usize = 0; c < cb; c += block) {
        const bytes = min<usize>(cb - c, block);
        let o = y + c;
        for (let r: usize = 0; r < rows; r++) {
          // The window's first row, and its rows inside of the image.
          const h = <isize>((oh + r) * S) - <isize>top,
            first = <usize>max<isize>(-h, 0);
          const last = <usize>min<isize>(<isize>KH, max<isize>(<isize>H - h, 0)),
            nh = last > first ? last - first : 0;
          const source = x + <usize>(h + <isize>first) * rowBytes + c;
          const taps = work + (c >> 4) * tapPitch + ((first * KW) << 4);
          pixels(source, taps, o, nh, KW, rowBytes, tapPitch, cb, -(<isize>left), W, S, cb, OW, bytes);
          if (bias) epilogue(o, cb, bias + c, OW, bytes >> 2, activation, slope);
          o += OW * cb;
        }
      }
      y += rows * OW * cb;
    }
    x += H * rowBytes;
  }
  i32.store(work + depthwiseWorkBytes(C, KH, KW, S) - 4, touched);
}

/**
 * dx[N,H,W,C]. Input row ih sees the kernel rows kh with (ih + top - kh) divisible by S, at output row
 * (ih + top - kh)/S; columns alike. So each of the S phases of a row is a convolution of dy with every S-th tap, backwards.
 */
export function depthwiseInputGradient(
  dy: Address,
  w: Address,
  dx: Address,
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
    rowBytes = OW * cb,
    phase = phaseTaps(KH, S) * phaseTaps(KW, S) * cb;
  const band = bandRows(rowBytes) * S,
    block = channelBytes(phaseTaps(KH, S), phaseTaps(KW, S), 1);
  let touched = 0;
  for (let i: usize = 0; i < S && i < KH; i++) {
    for (let j: usize = 0; j < S && j < KW; j++) {
      packTaps(
        w,
        work + (i * S + j) * phase,
        KW,
        C,
        i,
        j,
        S,
        phaseTaps(KH - i, S),
        phaseTaps(KW - j, S),
        true,
      );
    }
  }
  for (let n: usize = 0; n < N; n++) {
    for (let ih: usize = 0; ih < H; ih += band) {
      const rows = min<usize>(H - ih, band),
        from = (ih / S) * rowBytes,
        to = min<usize>((ih + rows) / S + 1, OH) * rowBytes;
      if (to > from) touched |= touch(dy + from, to - from);
      touched |= touch(dx, rows * W * cb);
      for (let c: usize = 0; c < cb; c += block) {
        const bytes = min<usize>(cb - c, block);
        for (let r: usize = 0; r < rows; r++) {
          const kh = (ih + r + top) % S,
            all = kh < KH ? phaseTaps(KH - kh, S) : 0;
          // The first of the output rows that see this row, and those of them that exist.
          const h = <isize>((ih + r + top) / S + 1) - <isize>all,
            first = <usize>max<isize>(-h, 0);
          const last = <usize>min<isize>(<isize>all, max<isize>(<isize>OH - h, 0)),
            nh = last > first ? last - first : 0;
          const source = dy + <usize>(h + <isize>first) * rowBytes + c;
          for (let iw: usize = 0; iw < S && iw < W; iw++) {
            const kw = (iw + left) % S,
              nw = kw < KW ? phaseTaps(KW - kw, S) : 0,
              tapPitch = (all * nw) << 4;
            const taps = work + (kh * S + kw) * phase + (c >> 4) * tapPitch + ((first * nw) << 4);
            pixels(
              source,
              taps,
              dx + (r * W + iw) * cb + c,
              nh,
              nw,
              rowBytes,
              tapPitch,
              cb,
              <isize>((iw + left) / S + 1) - <isize>nw,
              OW,
              1,
              S * cb,
              (W - iw + S - 1) / S,
              bytes,
            );
          }
        }
      }
      dx += rows * W * cb;
    }
    dy += OH * rowBytes;
  }
  i32.store(work + depthwiseWorkBytes(C, KH, KW, S) - 4, touched);
}

// Depthwise convolution, NHWC, weight [KH,KW,C], C % 4 == 0 (`widen` and `narrow` make it so). Each image is zero-padded
// into the working memory first, so that no window has an edge.
import { epilogue } from "./epilogue";
import { addFloats } from "./linear";
import { copyFloats, fma, zeroFloats } from "./simd";

/** Number of taps along a row, where it is known at compile time; told apart by size. */
type Three = i8;
type Five = i16;
type Any = i32;

/** x[R,C] -> y[R,wide], the new channels zero. */
export function widen(x: usize, y: usize, R: usize, C: usize, wide: usize): void {
  for (let r: usize = 0; r < R; r++) {
    copyFloats(y, x, C << 2);
    zeroFloats(y + (C << 2), (wide - C) << 2);
    x += C << 2;
    y += wide << 2;
  }
}

/** x[R,wide] -> y[R,C] */
export function narrow(x: usize, y: usize, R: usize, C: usize, wide: usize): void {
  for (let r: usize = 0; r < R; r++) {
    copyFloats(y, x, C << 2);
    x += wide << 2;
    y += C << 2;
  }
}

/** One image with zeros around it; cb: bytes of a pixel. */
function pad(x: usize, p: usize, H: usize, W: usize, cb: usize, top: usize, bottom: usize, left: usize, right: usize): void {
  const inner = W * cb, before = left * cb, after = right * cb, row = before + inner + after;
  memory.fill(p, 0, top * row);
  p += top * row;
  for (let h: usize = 0; h < H; h++) {
    zeroFloats(p, before);
    memory.copy(p + before, x, inner);
    zeroFloats(p + before + inner, after);
    x += inner;
    p += row;
  }
  memory.fill(p, 0, bottom * row);
}

/**
 * `count` pixels, `inStep` bytes apart in p and `outStep` in y: each the sum of nh x nw taps. Tap (i, j) reads the source
 * at i*rowStep + j*cb and the weight at i*wRow + j*wCol; a negative weight step (in two's complement) flips the kernel.
 */
function pixels<T>(
  p: usize, w: usize, y: usize, nh: usize, nw: usize, rowStep: usize, wRow: usize, wCol: usize,
  inStep: usize, outStep: usize, count: usize, cb: usize
): void {
  const s2 = inStep * 2, s3 = inStep * 3;
  for (let c: usize = 0; c < cb; c += 16) {
    let q = p + c, o = y + c, n = count;
    while (n >= 4) {
      let a0 = f32x4.splat(0), a1 = a0, a2 = a0, a3 = a0;
      let r = q, wr = w + c, i = nh;
      do {
        let t = r, wt = wr;
        if (sizeof<T>() == sizeof<Any>()) {
          let j = nw;
          do {
            const k = v128.load(wt);
            a0 = fma(v128.load(t), k, a0); a1 = fma(v128.load(t + inStep), k, a1);
            a2 = fma(v128.load(t + s2), k, a2); a3 = fma(v128.load(t + s3), k, a3);
            t += cb; wt += wCol;
          } while (--j);
        } else {
          let k = v128.load(wt);
          a0 = fma(v128.load(t), k, a0); a1 = fma(v128.load(t + inStep), k, a1);
          a2 = fma(v128.load(t + s2), k, a2); a3 = fma(v128.load(t + s3), k, a3);
          t += cb; wt += wCol; k = v128.load(wt);
          a0 = fma(v128.load(t), k, a0); a1 = fma(v128.load(t + inStep), k, a1);
          a2 = fma(v128.load(t + s2), k, a2); a3 = fma(v128.load(t + s3), k, a3);
          t += cb; wt += wCol; k = v128.load(wt);
          a0 = fma(v128.load(t), k, a0); a1 = fma(v128.load(t + inStep), k, a1);
          a2 = fma(v128.load(t + s2), k, a2); a3 = fma(v128.load(t + s3), k, a3);
          if (sizeof<T>() == sizeof<Five>()) {
            t += cb; wt += wCol; k = v128.load(wt);
            a0 = fma(v128.load(t), k, a0); a1 = fma(v128.load(t + inStep), k, a1);
            a2 = fma(v128.load(t + s2), k, a2); a3 = fma(v128.load(t + s3), k, a3);
            t += cb; wt += wCol; k = v128.load(wt);
            a0 = fma(v128.load(t), k, a0); a1 = fma(v128.load(t + inStep), k, a1);
            a2 = fma(v128.load(t + s2), k, a2); a3 = fma(v128.load(t + s3), k, a3);
          }
        }
        r += rowStep; wr += wRow;
      } while (--i);
      v128.store(o, a0); v128.store(o + outStep, a1);
      v128.store(o + outStep * 2, a2); v128.store(o + outStep * 3, a3);
      o += outStep * 4; q += inStep * 4; n -= 4;
    }
    while (n > 0) {
      let a = f32x4.splat(0), r = q, wr = w + c;
      for (let i = nh; i > 0; i--) {
        let t = r, wt = wr;
        for (let j = nw; j > 0; j--) {
          a = fma(v128.load(t), v128.load(wt), a);
          t += cb; wt += wCol;
        }
        r += rowStep; wr += wRow;
      }
      v128.store(o, a);
      o += outStep; q += inStep; n--;
    }
  }
}

/** Picks the version of `pixels` for nw taps a row. With no tap at all the result is zero. */
function row(
  p: usize, w: usize, y: usize, nh: usize, nw: usize, rowStep: usize, wRow: usize, wCol: usize,
  inStep: usize, outStep: usize, count: usize, cb: usize
): void {
  if (nh == 0 || nw == 0) {
    for (; count > 0; count--) { zeroFloats(y, cb); y += outStep; }
  } else if (nw == 3) pixels<Three>(p, w, y, nh, nw, rowStep, wRow, wCol, inStep, outStep, count, cb);
  else if (nw == 5) pixels<Five>(p, w, y, nh, nw, rowStep, wRow, wCol, inStep, outStep, count, cb);
  else pixels<Any>(p, w, y, nh, nw, rowStep, wRow, wCol, inStep, outStep, count, cb);
}

/** y[N,OH,OW,C]. `work`: one padded image. */
export function depthwiseForward(
  x: usize, w: usize, y: usize, N: usize, H: usize, W: usize, C: usize, KH: usize, KW: usize, S: usize,
  top: usize, bottom: usize, left: usize, right: usize, OH: usize, OW: usize, work: usize
): void {
  const cb = C << 2, rowBytes = (left + W + right) * cb;
  for (let n: usize = 0; n < N; n++) {
    pad(x, work, H, W, cb, top, bottom, left, right);
    for (let oh: usize = 0; oh < OH; oh++) {
      row(work + oh * S * rowBytes, w, y, KH, KW, rowBytes, KW * cb, cb, S * cb, cb, OW, cb);
      y += OW * cb;
    }
    x += H * W * cb;
  }
}

/** y[N,OH,OW,C] = activation(convolution + bias[C]). `work`: one padded image. */
export function depthwiseFused(
  x: usize, w: usize, y: usize, N: usize, H: usize, W: usize, C: usize, KH: usize, KW: usize, S: usize,
  top: usize, bottom: usize, left: usize, right: usize, OH: usize, OW: usize,
  bias: usize, activation: i32, slope: f32, work: usize
): void {
  const cb = C << 2, rowBytes = (left + W + right) * cb;
  for (let n: usize = 0; n < N; n++) {
    pad(x, work, H, W, cb, top, bottom, left, right);
    for (let oh: usize = 0; oh < OH; oh++) {
      row(work + oh * S * rowBytes, w, y, KH, KW, rowBytes, KW * cb, cb, S * cb, cb, OW, cb);
      epilogue(y, cb, bias, OW, C, activation, slope);
      y += OW * cb;
    }
    x += H * W * cb;
  }
}

/**
 * dx[N,H,W,C]. Input row ih sees the kernel rows kh with (ih + top - kh) divisible by S, at output row
 * (ih + top - kh)/S; columns alike. So each of the S phases of a row is a convolution of dy with every S-th tap, flipped.
 * dy is padded, by `before` pixels on the first sides, so that every tap lies inside.
 * `work`: one image of (padH x padW) pixels.
 */
export function depthwiseInputGradient(
  dy: usize, w: usize, dx: usize, N: usize, H: usize, W: usize, C: usize, KH: usize, KW: usize, S: usize,
  top: usize, left: usize, OH: usize, OW: usize, beforeH: usize, padH: usize, beforeW: usize, padW: usize, work: usize
): void {
  const cb = C << 2, rowBytes = padW * cb, wRow = KW * cb;
  for (let n: usize = 0; n < N; n++) {
    pad(dy, work, OH, OW, cb, beforeH, padH - beforeH - OH, beforeW, padW - beforeW - OW);
    for (let ih: usize = 0; ih < H; ih++) {
      const kh0 = (ih + top) % S, nh = kh0 < KH ? (KH - kh0 + S - 1) / S : 0;
      // The last of the taps reads the first row of dy.
      const first = (ih + top - kh0) / S + beforeH + 1 - nh;
      for (let phase: usize = 0; phase < S && phase < W; phase++) {
        const kw0 = (phase + left) % S, nw = kw0 < KW ? (KW - kw0 + S - 1) / S : 0;
        const column = (phase + left - kw0) / S + beforeW + 1 - nw;
        const lastTap = w + (kh0 + (nh - 1) * S) * wRow + (kw0 + (nw - 1) * S) * cb;
        row(
          work + first * rowBytes + column * cb, lastTap, dx + (ih * W + phase) * cb, nh, nw, rowBytes,
          usize(0) - S * wRow, usize(0) - S * cb, cb, S * cb, (W - phase + S - 1) / S, cb
        );
      }
    }
    dy += OH * OW * cb;
    dx += H * W * cb;
  }
}

/** 3x3 taps of one row of dy, all nine sums in registers. */
function rowGradient3(p: usize, g: usize, dw: usize, rowBytes: usize, step: usize, OW: usize, cb: usize): void {
  for (let c: usize = 0; c < cb; c += 16) {
    let d = dw + c;
    const cb2 = cb * 2, wRow = cb * 3;
    let s00 = v128.load(d), s01 = v128.load(d + cb), s02 = v128.load(d + cb2); d += wRow;
    let s10 = v128.load(d), s11 = v128.load(d + cb), s12 = v128.load(d + cb2); d += wRow;
    let s20 = v128.load(d), s21 = v128.load(d + cb), s22 = v128.load(d + cb2);
    let q = p + c, t = g + c, n = OW;
    do {
      const v = v128.load(t);
      let r = q;
      s00 = fma(v, v128.load(r), s00); s01 = fma(v, v128.load(r + cb), s01); s02 = fma(v, v128.load(r + cb2), s02);
      r += rowBytes;
      s10 = fma(v, v128.load(r), s10); s11 = fma(v, v128.load(r + cb), s11); s12 = fma(v, v128.load(r + cb2), s12);
      r += rowBytes;
      s20 = fma(v, v128.load(r), s20); s21 = fma(v, v128.load(r + cb), s21); s22 = fma(v, v128.load(r + cb2), s22);
      q += step; t += cb;
    } while (--n);
    d = dw + c;
    v128.store(d, s00); v128.store(d + cb, s01); v128.store(d + cb2, s02); d += wRow;
    v128.store(d, s10); v128.store(d + cb, s11); v128.store(d + cb2, s12); d += wRow;
    v128.store(d, s20); v128.store(d + cb, s21); v128.store(d + cb2, s22);
  }
}

/** Five taps of one kernel row. */
function rowGradient5(p: usize, g: usize, dw: usize, step: usize, OW: usize, cb: usize): void {
  const cb2 = cb * 2, cb3 = cb * 3, cb4 = cb * 4;
  for (let c: usize = 0; c < cb; c += 16) {
    const d = dw + c;
    let s0 = v128.load(d), s1 = v128.load(d + cb), s2 = v128.load(d + cb2);
    let s3 = v128.load(d + cb3), s4 = v128.load(d + cb4);
    let q = p + c, t = g + c, n = OW;
    do {
      const v = v128.load(t);
      s0 = fma(v, v128.load(q), s0); s1 = fma(v, v128.load(q + cb), s1); s2 = fma(v, v128.load(q + cb2), s2);
      s3 = fma(v, v128.load(q + cb3), s3); s4 = fma(v, v128.load(q + cb4), s4);
      q += step; t += cb;
    } while (--n);
    v128.store(d, s0); v128.store(d + cb, s1); v128.store(d + cb2, s2);
    v128.store(d + cb3, s3); v128.store(d + cb4, s4);
  }
}

/** One tap. */
function rowGradient1(p: usize, g: usize, dw: usize, step: usize, OW: usize, cb: usize): void {
  for (let c: usize = 0; c < cb; c += 16) {
    let s = v128.load(dw + c), q = p + c, t = g + c, n = OW;
    do {
      s = fma(v128.load(t), v128.load(q), s);
      q += step; t += cb;
    } while (--n);
    v128.store(dw + c, s);
  }
}

/** dw[KH,KW,C], added up image by image, for precision. `work`: one padded image, then KH*KW*C floats. */
export function depthwiseWeightGradient(
  x: usize, dy: usize, dw: usize, N: usize, H: usize, W: usize, C: usize, KH: usize, KW: usize, S: usize,
  top: usize, bottom: usize, left: usize, right: usize, OH: usize, OW: usize, work: usize
): void {
  const cb = C << 2, rowBytes = (left + W + right) * cb, weightBytes = KH * KW * cb;
  const sums = work + (top + H + bottom) * rowBytes;
  memory.fill(dw, 0, weightBytes);
  for (let n: usize = 0; n < N; n++) {
    pad(x, work, H, W, cb, top, bottom, left, right);
    memory.fill(sums, 0, weightBytes);
    for (let oh: usize = 0; oh < OH; oh++) {
      const p = work + oh * S * rowBytes;
      if (KH == 3 && KW == 3) rowGradient3(p, dy, sums, rowBytes, S * cb, OW, cb);
      else {
        for (let kh: usize = 0; kh < KH; kh++) {
          const q = p + kh * rowBytes, d = sums + kh * KW * cb;
          if (KW == 5) rowGradient5(q, dy, d, S * cb, OW, cb);
          else for (let kw: usize = 0; kw < KW; kw++) rowGradient1(q + kw * cb, dy, d + kw * cb, S * cb, OW, cb);
        }
      }
      dy += OW * cb;
    }
    addFloats(dw, sums, weightBytes);
    x += H * W * cb;
  }
}

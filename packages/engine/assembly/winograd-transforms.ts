// Transforms of Winograd's F(4x4, 3x3): 4x4 outputs of a 3x3 convolution with 36 multiplications instead of 144
// (Lavin and Gray 2016), with the points 0, ±1/√2, ±√2 and ∞, which keep rounding errors five times smaller than the usual
// 0, ±1, ±2 and ∞ (Barabasz et al. 2020). Each transform works on 4 channels at a time, first along the columns of a
// patch into `tmp` (576 bytes), then along the rows into 36 planes that lie `step` bytes apart.
import { fma } from './simd';

const S: f32 = 0.7071067811865476;
const T: f32 = 1.4142135623730951;

/** Compiled into their callers, where constant arguments fold. */
class Inlined {
  /** Bᵀ on 6 values. */
  @inline
  static inputLine(p: usize, from: usize, q: usize, to: usize): void {
    const d0 = v128.load(p),
      d1 = v128.load(p + from),
      d2 = v128.load(p + from * 2);
    const d3 = v128.load(p + from * 3),
      d4 = v128.load(p + from * 4),
      d5 = v128.load(p + from * 5);
    const s = f32x4.splat(S),
      t = f32x4.splat(T);
    const a = fma(f32x4.splat(-2), d2, d4),
      b = f32x4.mul(s, fma(f32x4.splat(-2), d1, d3));
    const c = fma(f32x4.splat(-0.5), d2, d4),
      d = f32x4.mul(t, fma(f32x4.splat(-0.5), d1, d3));
    v128.store(q, fma(f32x4.splat(-2.5), d2, f32x4.add(d0, d4)));
    v128.store(q + to, f32x4.add(a, b));
    v128.store(q + to * 2, f32x4.sub(a, b));
    v128.store(q + to * 3, f32x4.add(c, d));
    v128.store(q + to * 4, f32x4.sub(c, d));
    v128.store(q + to * 5, fma(f32x4.splat(-2.5), d3, f32x4.add(d1, d5)));
  }

  /** A on 4 values: the transform of an output's gradient, transposed to that of the output. */
  @inline
  static gradientLine(p: usize, from: usize, q: usize, to: usize): void {
    const y0 = v128.load(p),
      y1 = v128.load(p + from),
      y2 = v128.load(p + from * 2),
      y3 = v128.load(p + from * 3);
    const a = fma(f32x4.splat(0.5), y2, y0),
      b = f32x4.mul(f32x4.splat(S), fma(f32x4.splat(0.5), y3, y1));
    const c = fma(f32x4.splat(2), y2, y0),
      d = f32x4.mul(f32x4.splat(T), fma(f32x4.splat(2), y3, y1));
    v128.store(q, y0);
    v128.store(q + to, f32x4.add(a, b));
    v128.store(q + to * 2, f32x4.sub(a, b));
    v128.store(q + to * 3, f32x4.add(c, d));
    v128.store(q + to * 4, f32x4.sub(c, d));
    v128.store(q + to * 5, y3);
  }

  /** Aᵀ on 6 values: 4 outputs, of which the first `n` are stored. */
  @inline
  static outputLine(p: usize, from: usize, q: usize, to: usize, n: usize): void {
    const m1 = v128.load(p + from),
      m2 = v128.load(p + from * 2);
    const m3 = v128.load(p + from * 3),
      m4 = v128.load(p + from * 4);
    const a = f32x4.add(m1, m2),
      b = f32x4.mul(f32x4.splat(S), f32x4.sub(m1, m2));
    const c = f32x4.add(m3, m4),
      d = f32x4.mul(f32x4.splat(T), f32x4.sub(m3, m4));
    v128.store(q, f32x4.add(v128.load(p), f32x4.add(a, c)));
    if (n > 1) v128.store(q + to, f32x4.add(b, d));
    if (n > 2) v128.store(q + to * 2, fma(f32x4.splat(2), c, f32x4.mul(f32x4.splat(0.5), a)));
    if (n > 3) {
      const e = fma(f32x4.splat(2), d, f32x4.mul(f32x4.splat(0.5), b));
      v128.store(q + to * 3, f32x4.add(v128.load(p + from * 5), e));
    }
  }

  /** G on 3 values. */
  @inline
  static weightLine(p: usize, from: usize, q: usize, to: usize): void {
    const g0 = v128.load(p),
      g1 = v128.load(p + from),
      g2 = v128.load(p + from * 2);
    const a = fma(f32x4.splat(-1 / 3), g2, f32x4.mul(f32x4.splat(-2 / 3), g0));
    const b = f32x4.mul(f32x4.splat((-2 / 3) * S), g1);
    const c = fma(f32x4.splat(1 / 3), g2, f32x4.mul(f32x4.splat(1 / 6), g0));
    const d = f32x4.mul(f32x4.splat(T / 6), g1);
    v128.store(q, g0);
    v128.store(q + to, f32x4.add(a, b));
    v128.store(q + to * 2, f32x4.sub(a, b));
    v128.store(q + to * 3, f32x4.add(c, d));
    v128.store(q + to * 4, f32x4.sub(c, d));
    v128.store(q + to * 5, g2);
  }

  /** Gᵀ on 6 values. */
  @inline
  static weightGradientLine(p: usize, from: usize, q: usize, to: usize): void {
    const u1 = v128.load(p + from),
      u2 = v128.load(p + from * 2);
    const u3 = v128.load(p + from * 3),
      u4 = v128.load(p + from * 4);
    const a = f32x4.add(u1, u2),
      c = f32x4.add(u3, u4);
    const b = f32x4.mul(f32x4.splat((-2 / 3) * S), f32x4.sub(u1, u2));
    v128.store(q, fma(f32x4.splat(1 / 6), c, fma(f32x4.splat(-2 / 3), a, v128.load(p))));
    v128.store(q + to, fma(f32x4.splat(T / 6), f32x4.sub(u3, u4), b));
    v128.store(q + to * 2, fma(f32x4.splat(1 / 3), f32x4.sub(c, a), v128.load(p + from * 5)));
  }
}

/** A 6x6 patch of the input; `row` and `pixel` in bytes. */
export function inputTransform(
  x: usize,
  row: usize,
  pixel: usize,
  C: usize,
  v: usize,
  step: usize,
  tmp: usize,
): void {
  for (let c: usize = 0; c < C; c += 4) {
    let p = x,
      t = tmp,
      q = v;
    do {
      Inlined.inputLine(p, row, t, 96);
      p += pixel;
      t += 16;
    } while (t < tmp + 96);
    t = tmp;
    do {
      Inlined.inputLine(t, 16, q, step);
      t += 96;
      q += step * 6;
    } while (t < tmp + 576);
    x += 16;
    v += 16;
  }
}

/**
 * A 4x4 patch of the output's gradient. The next 4 channels go `even` bytes on after the first of a pair of groups, else
 * `odd`.
 */
export function gradientTransform(
  dy: usize,
  row: usize,
  pixel: usize,
  C: usize,
  z: usize,
  step: usize,
  even: usize,
  odd: usize,
  tmp: usize,
): void {
  for (let c: usize = 0; c < C; c += 4) {
    let p = dy,
      t = tmp,
      q = z;
    do {
      Inlined.gradientLine(p, row, t, 96);
      p += pixel;
      t += 16;
    } while (t < tmp + 64);
    t = tmp;
    do {
      Inlined.gradientLine(t, 16, q, step);
      t += 96;
      q += step * 6;
    } while (t < tmp + 576);
    dy += 16;
    z += c & 4 ? odd : even;
  }
}

/** The part of a 4x4 patch of the output, `rows` by `columns`, that lies inside. */
export function outputTransform(
  m: usize,
  step: usize,
  y: usize,
  row: usize,
  pixel: usize,
  C: usize,
  rows: usize,
  columns: usize,
  tmp: usize,
): void {
  for (let c: usize = 0; c < C; c += 4) {
    let p = m,
      t = tmp,
      q = y;
    do {
      Inlined.outputLine(p, step * 6, t, 96, 4);
      p += step;
      t += 16;
    } while (t < tmp + 96);
    t = tmp;
    const end = tmp + rows * 96;
    do {
      Inlined.outputLine(t, 16, q, pixel, columns);
      t += 96;
      q += row;
    } while (t < end);
    m += 16;
    y += 16;
  }
}

/**
 * 3x3 values at g (4 channels, `tap` bytes apart), which overwrites the first 144 bytes of tmp where `g` is not that, into
 * 36 planes.
 */
export function weightTransform(g: usize, tap: usize, u: usize, step: usize, tmp: usize): void {
  Inlined.weightLine(g, tap * 3, tmp, 96);
  Inlined.weightLine(g + tap, tap * 3, tmp + 16, 96);
  Inlined.weightLine(g + tap * 2, tap * 3, tmp + 32, 96);
  const end = tmp + 576;
  do {
    Inlined.weightLine(tmp, 16, u, step);
    tmp += 96;
    u += step * 6;
  } while (tmp < end);
}

/** 36 planes back into 3x3 values, `tap` bytes apart. */
export function weightGradientTransform(u: usize, step: usize, dw: usize, tap: usize, tmp: usize): void {
  let t = tmp;
  do {
    Inlined.weightGradientLine(u, step * 6, t, 96);
    u += step;
    t += 16;
  } while (t < tmp + 96);
  t = tmp;
  do {
    Inlined.weightGradientLine(t, 16, dw, tap);
    t += 96;
    dw += tap * 3;
  } while (t < tmp + 288);
}

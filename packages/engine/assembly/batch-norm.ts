// Batch normalisation with the statistics of the batch, and an activation, over x[R, C].
import { Address, fma, min } from './simd';
import { loadPart } from './part';
import { apply, BLOCK, pad, padded, together } from './channel-affine';
import { applyGradient, reduce } from './channel-affine-gradient';

/** `momentRows`, four rows of whole vectors at a time. Returns the rows done. */
function momentQuads(x: usize, centre: usize, sum: usize, squares: usize, R: usize, C: usize): usize {
  const stride = C << 2,
    quads = R & ~3;
  for (let r: usize = 0; r < quads; r += 4) {
    for (let c: usize = 0; c < stride; c += 16) {
      const m = v128.load(centre + c),
        p = x + stride * 2;
      const a = f32x4.sub(v128.load(x), m),
        b = f32x4.sub(v128.load(x + stride), m);
      const d = f32x4.sub(v128.load(p), m),
        e = f32x4.sub(v128.load(p + stride), m);
      v128.store(sum + c, f32x4.add(v128.load(sum + c), f32x4.add(f32x4.add(a, b), f32x4.add(d, e))));
      v128.store(squares + c, fma(a, a, fma(b, b, fma(d, d, fma(e, e, v128.load(squares + c))))));
      x += 16;
    }
    x += stride * 3;
  }
  return quads;
}

/** One block: sum += x - centre, squares += (x - centre)². */
function momentRows(x: usize, centre: usize, sum: usize, squares: usize, R: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  const done = together(C) ? momentQuads(x, centre, sum, squares, R, C) : 0;
  x += done * stride;
  for (let r = done; r < R; r++) {
    let c: usize = 0;
    if (full > 0)
      do {
        const v = f32x4.sub(v128.load(x + c), v128.load(centre + c));
        v128.store(sum + c, f32x4.add(v128.load(sum + c), v));
        v128.store(squares + c, fma(v, v, v128.load(squares + c)));
        c += 16;
      } while (c < full);
    if (rest > 0) {
      const v = f32x4.sub(loadPart(x + c, rest), v128.load(centre + c));
      v128.store(sum + c, f32x4.add(v128.load(sum + c), v));
      v128.store(squares + c, fma(v, v, v128.load(squares + c)));
    }
    x += stride;
  }
}

/**
 * Mean and sum of squared deviations of each channel, in float64. Each block is measured from the mean of all rows
 * before it (the first from its own), which keeps the squares small however far the channel lies from 0, and joined by
 * the parallel rule of Chan, Golub and LeVeque (1983).
 */
function moments(
  x: usize,
  centre: usize,
  sums: usize,
  mean: usize,
  deviations: usize,
  R: usize,
  C: usize,
): void {
  const cb = padded(C),
    squares = sums + cb;
  memory.fill(centre, 0, cb);
  memory.fill(sums, 0, cb * 2);
  memory.fill(mean, 0, cb * 2);
  memory.fill(deviations, 0, cb * 2);
  const first = min(R, BLOCK);
  momentRows(x, centre, sums, squares, first, C);
  for (let c: usize = 0; c < cb; c += 4) f32.store(centre + c, f32.load(sums + c) / <f32>first);
  for (let done: usize = 0; done < R; done += BLOCK) {
    const n = min(R - done, BLOCK);
    memory.fill(sums, 0, cb * 2);
    momentRows(x + done * C * 4, centre, sums, squares, n, C);
    const share = <f64>n / <f64>(done + n),
      weight = <f64>done * share,
      inverse = 1.0 / <f64>n;
    for (let c: usize = 0; c < cb; c += 4) {
      const s = <f64>f32.load(sums + c),
        m = mean + (c << 1),
        d = deviations + (c << 1);
      const delta = <f64>f32.load(centre + c) + s * inverse - f64.load(m);
      const joined = f64.load(m) + delta * share;
      f64.store(m, joined);
      f64.store(d, f64.load(d) + <f64>f32.load(squares + c) - s * s * inverse + delta * delta * weight);
      f32.store(centre + c, <f32>joined);
    }
  }
}

/** Writes y[R, C], mean[C] and the biased variance[C]. `work` holds 36 bytes for each padded channel. */
export function batchNorm(
  x: Address,
  gamma: Address,
  beta: Address,
  y: Address,
  mean: Address,
  variance: Address,
  R: usize,
  C: usize,
  epsilon: f64,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  const cb = padded(C),
    means = work,
    deviations = work + cb * 2;
  const centre = work + cb * 4,
    sums = centre + cb,
    scale = centre + cb * 3,
    shift = centre + cb * 4;
  moments(x, centre, sums, means, deviations, R, C);
  pad(beta, shift, C);
  memory.fill(scale, 0, cb);
  for (let c: usize = 0; c < C << 2; c += 4) {
    const v = max<f64>(f64.load(deviations + (c << 1)) / <f64>R, 0);
    f32.store(mean + c, f32.load(centre + c));
    f32.store(variance + c, <f32>v);
    f32.store(scale + c, <f32>(<f64>f32.load(gamma + c) / sqrt<f64>(v + epsilon)));
  }
  apply(x, y, centre, scale, shift, R, C, activation, slope);
}

/**
 * Gradients from x, dy and the statistics that `batchNorm` wrote; the value before the activation is computed again.
 * `work` holds 36 bytes for each padded channel.
 */
export function batchNormGradient(
  x: Address,
  dy: Address,
  gamma: Address,
  beta: Address,
  mean: Address,
  variance: Address,
  dx: Address,
  dGamma: Address,
  dBeta: Address,
  R: usize,
  C: usize,
  epsilon: f64,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  const cb = padded(C),
    totals = work,
    sums = work + cb * 4,
    slant = sums,
    offset = sums + cb;
  const centre = work + cb * 6,
    scale = centre + cb,
    shift = centre + cb * 2;
  pad(mean, centre, C);
  pad(beta, shift, C);
  memory.fill(scale, 0, cb);
  for (let c: usize = 0; c < C << 2; c += 4) {
    const root = sqrt<f64>(<f64>f32.load(variance + c) + epsilon);
    f32.store(scale + c, <f32>(<f64>f32.load(gamma + c) / root));
  }
  reduce(x, dy, dx, centre, scale, shift, sums, totals, R, C, activation, slope);
  // From here the float32 sums are free, and hold what mean and variance add to dx.
  memory.fill(slant, 0, cb * 2);
  for (let c: usize = 0; c < C << 2; c += 4) {
    const sum = f64.load(totals + (c << 1)),
      dot = f64.load(totals + ((cb + c) << 1));
    const square = <f64>f32.load(variance + c) + epsilon,
      k = <f64>f32.load(scale + c) / <f64>R;
    f32.store(dBeta + c, <f32>sum);
    f32.store(dGamma + c, <f32>(dot / sqrt<f64>(square)));
    f32.store(slant + c, <f32>((-k * dot) / square));
    f32.store(offset + c, <f32>(-k * sum));
  }
  applyGradient(x, dy, dx, centre, scale, shift, slant, offset, R, C, activation, slope);
}

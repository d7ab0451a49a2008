// Layer normalisation of the rows of x[R, C].
import { Address, fma, lanesSum, min } from './simd';
import { loadPart, storePart } from './part';
import { drain } from './sums';
import { rowSum, squaredDeviations } from './row-sums';
import { padded } from './channel-affine';

const BLOCK: usize = 64;

/** Also writes mean[R] and inverse[R] = 1/√(variance + ε), which the gradient reads. */
export function layerNorm(
  x: Address,
  gamma: Address,
  beta: Address,
  y: Address,
  mean: Address,
  inverse: Address,
  R: usize,
  C: usize,
  epsilon: f64,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    const m = rowSum(x, C) / <f32>C;
    const variance = <f64>squaredDeviations(x, m, C) / <f64>C,
      s = <f32>(1 / sqrt<f64>(variance + epsilon));
    f32.store(mean + (r << 2), m);
    f32.store(inverse + (r << 2), s);
    const centre = f32x4.splat(m),
      scale = f32x4.splat(s);
    let i: usize = 0;
    if (full > 0)
      do {
        const v = f32x4.mul(f32x4.sub(v128.load(x + i), centre), scale);
        v128.store(y + i, fma(v, v128.load(gamma + i), v128.load(beta + i)));
        i += 16;
      } while (i < full);
    if (rest > 0) {
      const v = f32x4.mul(f32x4.sub(loadPart(x + i, rest), centre), scale);
      storePart(y + i, fma(v, loadPart(gamma + i, rest), loadPart(beta + i, rest)), rest);
    }
    x += stride;
    y += stride;
  }
}

/** One row: dx, and dBeta += dy, dGamma += dy·x̂. First dx holds x̂. */
function gradientRow(
  x: usize,
  dy: usize,
  gamma: usize,
  dx: usize,
  dBeta: usize,
  dGamma: usize,
  C: usize,
  mean: f32,
  inverse: f32,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    m = f32x4.splat(mean),
    s = f32x4.splat(inverse);
  let sum = f32x4.splat(0),
    dot = f32x4.splat(0),
    i: usize = 0;
  if (full > 0)
    do {
      const g = v128.load(dy + i),
        v = f32x4.mul(f32x4.sub(v128.load(x + i), m), s);
      const dv = f32x4.mul(g, v128.load(gamma + i));
      v128.store(dx + i, v);
      sum = f32x4.add(sum, dv);
      dot = fma(dv, v, dot);
      v128.store(dBeta + i, f32x4.add(v128.load(dBeta + i), g));
      v128.store(dGamma + i, fma(g, v, v128.load(dGamma + i)));
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const g = loadPart(dy + i, rest),
      v = f32x4.mul(f32x4.sub(loadPart(x + i, rest), m), s);
    const dv = f32x4.mul(g, loadPart(gamma + i, rest));
    storePart(dx + i, v, rest);
    sum = f32x4.add(sum, dv);
    dot = fma(dv, v, dot);
    v128.store(dBeta + i, f32x4.add(v128.load(dBeta + i), g));
    v128.store(dGamma + i, fma(g, v, v128.load(dGamma + i)));
  }
  const offset = f32x4.splat(lanesSum(sum) / <f32>C),
    slant = f32x4.splat(lanesSum(dot) / <f32>C);
  i = 0;
  if (full > 0)
    do {
      const dv = f32x4.mul(v128.load(dy + i), v128.load(gamma + i));
      const left = f32x4.sub(f32x4.sub(dv, offset), f32x4.mul(v128.load(dx + i), slant));
      v128.store(dx + i, f32x4.mul(s, left));
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const dv = f32x4.mul(loadPart(dy + i, rest), loadPart(gamma + i, rest));
    const left = f32x4.sub(f32x4.sub(dv, offset), f32x4.mul(loadPart(dx + i, rest), slant));
    storePart(dx + i, f32x4.mul(s, left), rest);
  }
}

/** `work` holds 24 bytes for each padded feature. */
export function layerNormGradient(
  x: Address,
  dy: Address,
  gamma: Address,
  mean: Address,
  inverse: Address,
  dx: Address,
  dGamma: Address,
  dBeta: Address,
  R: usize,
  C: usize,
  work: Address,
): void {
  const db = padded(C),
    stride = C << 2,
    totals = work,
    sums = work + db * 4;
  memory.fill(work, 0, db * 6);
  for (let done: usize = 0; done < R; done += BLOCK) {
    const end = done + min(R - done, BLOCK);
    for (let r = done; r < end; r++) {
      gradientRow(
        x,
        dy,
        gamma,
        dx,
        sums,
        sums + db,
        C,
        f32.load(mean + (r << 2)),
        f32.load(inverse + (r << 2)),
      );
      x += stride;
      dy += stride;
      dx += stride;
    }
    drain(sums, totals, db * 2);
  }
  for (let i: usize = 0; i < stride; i += 4) {
    f32.store(dBeta + i, <f32>f64.load(totals + (i << 1)));
    f32.store(dGamma + i, <f32>f64.load(totals + ((db + i) << 1)));
  }
}

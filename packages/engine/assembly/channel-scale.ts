// y[b, p, c] = x[b, p, c]·s[b, c].
import { Address, fma, min } from './simd';
import { loadPart, storePart } from './part';
import { drain } from './sums';
import { pad, padded } from './channel-affine';

const BLOCK: usize = 256;

/** `work` holds 4 bytes for each padded channel. */
export function channelScale(
  x: Address,
  s: Address,
  y: Address,
  B: usize,
  P: usize,
  C: usize,
  work: Address,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let b: usize = 0; b < B; b++) {
    pad(s, work, C);
    for (let p: usize = 0; p < P; p++) {
      let c: usize = 0;
      if (full > 0)
        do {
          v128.store(y + c, f32x4.mul(v128.load(x + c), v128.load(work + c)));
          c += 16;
        } while (c < full);
      if (rest > 0) storePart(y + c, f32x4.mul(loadPart(x + c, rest), v128.load(work + c)), rest);
      x += stride;
      y += stride;
    }
    s += stride;
  }
}

/** dx = dy·s, and sum += x·dy. */
function gradientRows(x: usize, dy: usize, dx: usize, s: usize, sum: usize, R: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    let c: usize = 0;
    if (full > 0)
      do {
        const g = v128.load(dy + c);
        v128.store(dx + c, f32x4.mul(g, v128.load(s + c)));
        v128.store(sum + c, fma(g, v128.load(x + c), v128.load(sum + c)));
        c += 16;
      } while (c < full);
    if (rest > 0) {
      const g = loadPart(dy + c, rest);
      storePart(dx + c, f32x4.mul(g, v128.load(s + c)), rest);
      v128.store(sum + c, fma(g, loadPart(x + c, rest), v128.load(sum + c)));
    }
    x += stride;
    dy += stride;
    dx += stride;
  }
}

/** `work` holds 16 bytes for each padded channel. */
export function channelScaleGradient(
  x: Address,
  s: Address,
  dy: Address,
  dx: Address,
  ds: Address,
  B: usize,
  P: usize,
  C: usize,
  work: Address,
): void {
  const cb = padded(C),
    stride = C << 2,
    totals = work,
    sum = work + cb * 2,
    factors = work + cb * 3;
  memory.fill(sum, 0, cb);
  for (let b: usize = 0; b < B; b++) {
    pad(s, factors, C);
    memory.fill(totals, 0, cb * 2);
    for (let done: usize = 0; done < P; done += BLOCK) {
      const n = min(P - done, BLOCK);
      gradientRows(x, dy, dx, factors, sum, n, C);
      drain(sum, totals, cb);
      x += n * stride;
      dy += n * stride;
      dx += n * stride;
    }
    for (let c: usize = 0; c < stride; c += 4) f32.store(ds + c, <f32>f64.load(totals + (c << 1)));
    s += stride;
    ds += stride;
  }
}

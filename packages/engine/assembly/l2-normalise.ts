// x / max(‖x‖, 1e-12) for the rows or the columns of x[R, C].
import { Address, fma, min } from './simd';
import { loadPart, storePart } from './part';
import { drain } from './sums';
import { rowDot } from './row-sums';
import { padded } from './channel-affine';

const LEAST: f32 = 1e-12;
const BLOCK: usize = 256;

/** Also writes norm[R]. */
export function normaliseRows(x: Address, y: Address, norm: Address, R: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    const length = sqrt<f32>(rowDot(x, x, C)),
      d = f32x4.splat(max<f32>(length, LEAST));
    f32.store(norm + (r << 2), length);
    let i: usize = 0;
    if (full > 0)
      do {
        v128.store(y + i, f32x4.div(v128.load(x + i), d));
        i += 16;
      } while (i < full);
    if (rest > 0) storePart(y + i, f32x4.div(loadPart(x + i, rest), d), rest);
    x += stride;
    y += stride;
  }
}

/** dx = (dy - y·Σ y·dy)/‖x‖; where the denominator is the bound, dy/1e-12. */
export function normaliseRowsGradient(
  y: Address,
  norm: Address,
  dy: Address,
  dx: Address,
  R: usize,
  C: usize,
): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    const length = f32.load(norm + (r << 2));
    const d = f32x4.splat(max<f32>(length, LEAST));
    const radial = f32x4.splat(length >= LEAST ? -rowDot(y, dy, C) : 0);
    let i: usize = 0;
    if (full > 0)
      do {
        v128.store(dx + i, f32x4.div(fma(v128.load(y + i), radial, v128.load(dy + i)), d));
        i += 16;
      } while (i < full);
    if (rest > 0)
      storePart(dx + i, f32x4.div(fma(loadPart(y + i, rest), radial, loadPart(dy + i, rest)), d), rest);
    y += stride;
    dy += stride;
    dx += stride;
  }
}

/** totals[c] = Σ over rows of a·b, in float64. `sum` holds a padded row of float32. */
function columnDots(a: usize, b: usize, sum: usize, totals: usize, R: usize, C: usize): void {
  const cb = padded(C),
    full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  memory.fill(sum, 0, cb);
  memory.fill(totals, 0, cb * 2);
  for (let done: usize = 0; done < R; done += BLOCK) {
    const n = min(R - done, BLOCK);
    for (let r: usize = 0; r < n; r++) {
      let i: usize = 0;
      if (full > 0)
        do {
          v128.store(sum + i, fma(v128.load(a + i), v128.load(b + i), v128.load(sum + i)));
          i += 16;
        } while (i < full);
      if (rest > 0)
        v128.store(sum + i, fma(loadPart(a + i, rest), loadPart(b + i, rest), v128.load(sum + i)));
      a += stride;
      b += stride;
    }
    drain(sum, totals, cb);
  }
}

/** Also writes norm[C]. `work` holds 12 bytes for each padded column. */
export function normaliseColumns(
  x: Address,
  y: Address,
  norm: Address,
  R: usize,
  C: usize,
  work: Address,
): void {
  const cb = padded(C),
    full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2,
    denominators = work + cb * 2;
  columnDots(x, x, denominators, work, R, C);
  for (let c: usize = 0; c < stride; c += 4) {
    const length = <f32>sqrt<f64>(f64.load(work + (c << 1)));
    f32.store(norm + c, length);
    f32.store(denominators + c, max<f32>(length, LEAST));
  }
  for (let r: usize = 0; r < R; r++) {
    let i: usize = 0;
    if (full > 0)
      do {
        v128.store(y + i, f32x4.div(v128.load(x + i), v128.load(denominators + i)));
        i += 16;
      } while (i < full);
    if (rest > 0) storePart(y + i, f32x4.div(loadPart(x + i, rest), v128.load(denominators + i)), rest);
    x += stride;
    y += stride;
  }
}

/** `work` holds 16 bytes for each padded column. */
export function normaliseColumnsGradient(
  y: Address,
  norm: Address,
  dy: Address,
  dx: Address,
  R: usize,
  C: usize,
  work: Address,
): void {
  const cb = padded(C),
    full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  const radial = work + cb * 2,
    denominators = work + cb * 3;
  columnDots(y, dy, radial, work, R, C);
  for (let c: usize = 0; c < stride; c += 4) {
    const length = f32.load(norm + c);
    f32.store(radial + c, length >= LEAST ? -(<f32>f64.load(work + (c << 1))) : 0);
    f32.store(denominators + c, max<f32>(length, LEAST));
  }
  for (let r: usize = 0; r < R; r++) {
    let i: usize = 0;
    if (full > 0)
      do {
        const g = fma(v128.load(y + i), v128.load(radial + i), v128.load(dy + i));
        v128.store(dx + i, f32x4.div(g, v128.load(denominators + i)));
        i += 16;
      } while (i < full);
    if (rest > 0) {
      const g = fma(loadPart(y + i, rest), v128.load(radial + i), loadPart(dy + i, rest));
      storePart(dx + i, f32x4.div(g, v128.load(denominators + i)), rest);
    }
    y += stride;
    dy += stride;
    dx += stride;
  }
}

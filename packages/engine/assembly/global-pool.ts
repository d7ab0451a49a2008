// Mean and maximum of each channel over the P places of an image: x[B, P, C] to y[B, C].
import { Address, copyFloats, min } from './simd';
import { loadPart, storePart } from './part';
import { drain } from './sums';
import { padded } from './channel-affine';

const BLOCK: usize = 256;

function sumRows(x: usize, sum: usize, R: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    let c: usize = 0;
    if (full > 0)
      do {
        v128.store(sum + c, f32x4.add(v128.load(sum + c), v128.load(x + c)));
        c += 16;
      } while (c < full);
    if (rest > 0) v128.store(sum + c, f32x4.add(v128.load(sum + c), loadPart(x + c, rest)));
    x += stride;
  }
}

/** `work` holds 12 bytes for each padded channel. */
export function globalAveragePool(x: Address, y: Address, B: usize, P: usize, C: usize, work: Address): void {
  const cb = padded(C),
    totals = work,
    sum = work + cb * 2;
  memory.fill(sum, 0, cb);
  for (let b: usize = 0; b < B; b++) {
    memory.fill(totals, 0, cb * 2);
    for (let done: usize = 0; done < P; done += BLOCK) {
      const n = min(P - done, BLOCK);
      sumRows(x, sum, n, C);
      drain(sum, totals, cb);
      x += n * C * 4;
    }
    for (let c: usize = 0; c < C << 2; c += 4) f32.store(y + c, <f32>(f64.load(totals + (c << 1)) / <f64>P));
    y += C << 2;
  }
}

export function globalAveragePoolGradient(dy: Address, dx: Address, B: usize, P: usize, C: usize): void {
  const stride = C << 2,
    inverse = <f32>1 / <f32>P;
  for (let b: usize = 0; b < B; b++) {
    for (let c: usize = 0; c < stride; c += 4) f32.store(dx + c, f32.load(dy + c) * inverse);
    for (let p: usize = 1; p < P; p++) copyFloats(dx + p * stride, dx, stride);
    dx += P * stride;
    dy += stride;
  }
}

/** Also writes the place of each maximum, the first among equals. NaN counts as the largest. */
export function globalMaxPool(x: Address, y: Address, place: Address, B: usize, P: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let b: usize = 0; b < B; b++) {
    memory.copy(y, x, stride);
    memory.fill(place, 0, stride);
    x += stride;
    for (let p: i32 = 1; p < <i32>P; p++) {
      const here = i32x4.splat(p);
      let c: usize = 0;
      if (full > 0)
        do {
          const v = v128.load(x + c),
            best = v128.load(y + c);
          const larger = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
          v128.store(y + c, v128.bitselect(v, best, larger));
          v128.store(place + c, v128.bitselect(here, v128.load(place + c), larger));
          c += 16;
        } while (c < full);
      if (rest > 0) {
        const v = loadPart(x + c, rest),
          best = loadPart(y + c, rest);
        const larger = v128.or(f32x4.gt(v, best), f32x4.ne(v, v));
        storePart(y + c, v128.bitselect(v, best, larger), rest);
        storePart(place + c, v128.bitselect(here, loadPart(place + c, rest), larger), rest);
      }
      x += stride;
    }
    y += stride;
    place += stride;
  }
}

export function globalMaxPoolGradient(
  dy: Address,
  place: Address,
  dx: Address,
  B: usize,
  P: usize,
  C: usize,
): void {
  const stride = C << 2;
  memory.fill(dx, 0, B * P * stride);
  for (let b: usize = 0; b < B; b++) {
    for (let c: usize = 0; c < stride; c += 4) {
      f32.store(dx + <usize>i32.load(place + c) * stride + c, f32.load(dy + c));
    }
    dx += P * stride;
    dy += stride;
    place += stride;
  }
}

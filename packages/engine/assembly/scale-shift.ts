// activation(x·scale + shift) over x[R, C].
import { Address } from './simd';
import { apply, pad, padded } from './channel-affine';
import { applyGradient, reduce } from './channel-affine-gradient';

/** `work` holds 12 bytes for each padded channel. */
export function scaleShift(
  x: Address,
  scale: Address,
  shift: Address,
  y: Address,
  R: usize,
  C: usize,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  const cb = padded(C);
  memory.fill(work, 0, cb);
  pad(scale, work + cb, C);
  pad(shift, work + cb * 2, C);
  apply(x, y, work, work + cb, work + cb * 2, R, C, activation, slope);
}

/** `work` holds 36 bytes for each padded channel. */
export function scaleShiftGradient(
  x: Address,
  dy: Address,
  scale: Address,
  shift: Address,
  dx: Address,
  dScale: Address,
  dShift: Address,
  R: usize,
  C: usize,
  activation: i32,
  slope: f32,
  work: Address,
): void {
  const cb = padded(C),
    totals = work,
    sums = work + cb * 4,
    centre = work + cb * 6;
  const factors = centre + cb,
    shifts = centre + cb * 2;
  memory.fill(centre, 0, cb);
  pad(scale, factors, C);
  pad(shift, shifts, C);
  reduce(x, dy, dx, centre, factors, shifts, sums, totals, R, C, activation, slope);
  for (let c: usize = 0; c < C << 2; c += 4) {
    f32.store(dShift + c, <f32>f64.load(totals + (c << 1)));
    f32.store(dScale + c, <f32>f64.load(totals + ((cb + c) << 1)));
  }
  memory.fill(sums, 0, cb * 2);
  applyGradient(x, dy, dx, centre, factors, shifts, sums, sums + cb, R, C, activation, slope);
}

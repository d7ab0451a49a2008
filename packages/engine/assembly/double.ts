// Two floats in double precision: what a loss needs of exponentials and logarithms, where float32 would round away what
// a difference leaves. Neither build fuses here, so both give the same bits.

/** Two floats in the low lanes, or one and 0. */
export function loadDoubles(p: usize, n: usize): v128 {
  return f64x2.promote_low_f32x4(n > 1 ? v128.load64_zero(p) : v128.load32_zero(p));
}

/** Rounds to float32; stores both lanes, or the low one. */
export function storeDoubles(p: usize, v: v128, n: usize): void {
  const rounded = f32x4.demote_f64x2_zero(v);
  if (n > 1) v128.store_lane<f64>(p, rounded, 0);
  else v128.store_lane<f32>(p, rounded, 0);
}

/** e^x: x = n·ln 2 + r with |r| <= ln 2 / 2, e^r by its Taylor series to r^11. Constant beyond ±708; NaN stays NaN. */
export function exponential(x: v128): v128 {
  const v = f64x2.pmin(f64x2.pmax(x, f64x2.splat(-708)), f64x2.splat(708));
  // Added to 1.5·2^52, a number is rounded to a whole one, which the low bits then hold.
  const shift = f64x2.splat(6755399441055744);
  const shifted = f64x2.add(f64x2.mul(v, f64x2.splat(1.4426950408889634)), shift);
  const n = f64x2.sub(shifted, shift);
  // ln 2 in two parts; the first has few bits, so its multiples are exact.
  let r = f64x2.sub(v, f64x2.mul(n, f64x2.splat(0.69314718036912381649)));
  r = f64x2.sub(r, f64x2.mul(n, f64x2.splat(1.90821492927058770002e-10)));
  let p = f64x2.splat(1.0 / 39916800.0);
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 3628800.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 362880.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 40320.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 5040.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 720.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 120.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 24.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1.0 / 6.0));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(0.5));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  p = f64x2.add(f64x2.mul(p, r), f64x2.splat(1));
  return f64x2.mul(p, i64x2.shl(i64x2.add(shifted, i64x2.splat(1023)), 52));
}

/**
 * ln x of normal numbers above 0: x = m·2^n with m from √½ to √2, and ln m = 2·artanh s, s = (m − 1)/(m + 1), by its
 * series to s^17. -709 at 0.
 */
export function logarithm(x: v128): v128 {
  // Moves the powers of two to begin at √½, whose upper bits these are.
  const offset = i64x2.splat(0x3fe6a09e00000000);
  const moved = i64x2.sub(x, offset),
    n = i64x2.shr_s(moved, 52);
  const m = i64x2.sub(x, i64x2.shl(n, 52));
  const power = f64x2.convert_low_i32x4_s(v128.shuffle<i32>(n, n, 0, 2, 0, 2));
  const one = f64x2.splat(1);
  const s = f64x2.div(f64x2.sub(m, one), f64x2.add(m, one)),
    t = f64x2.mul(s, s);
  let p = f64x2.splat(2.0 / 17.0);
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 15.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 13.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 11.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 9.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 7.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 5.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2.0 / 3.0));
  p = f64x2.add(f64x2.mul(p, t), f64x2.splat(2));
  return f64x2.add(f64x2.mul(p, s), f64x2.mul(power, f64x2.splat(0.6931471805599453)));
}

/** ln(1 + x) for x above -1; what 1 + x rounds away is put back (Kahan). */
export function logarithmOf1Plus(x: v128): v128 {
  const one = f64x2.splat(1),
    sum = f64x2.add(one, x);
  const lost = f64x2.sub(x, f64x2.sub(sum, one));
  return f64x2.add(logarithm(sum), f64x2.div(lost, sum));
}

/** base^exponent for a base >= 0, from its logarithm; at 0 it is 0, 1 or infinite. */
export function power(base: v128, log: v128, exponent: v128): v128 {
  const zero = f64x2.splat(0);
  const inside = exponential(f64x2.mul(exponent, log));
  const positive = f64x2.gt(exponent, zero);
  const above = v128.bitselect(zero, f64x2.splat(Infinity), positive);
  const atZero = v128.bitselect(f64x2.splat(1), above, f64x2.eq(exponent, zero));
  return v128.bitselect(atZero, inside, f64x2.eq(base, zero));
}

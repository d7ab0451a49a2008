// Losses for multi-label targets, element by element: the value and its derivative with respect to the output, in one
// pass and in double precision. The formulas are those of packages/losses, whose composed form runs on other engines.
import { Address } from './simd';
import { exponential, loadDoubles, logarithm, logarithmOf1Plus, power, storeDoubles } from './double';

/** a where the mask is set, else 0. */
function masked(a: v128, mask: v128): v128 {
  return v128.and(a, mask);
}

/** a, but 0 where the mask is set: for masks that NaN does not set, so that it passes. */
function unless(a: v128, mask: v128): v128 {
  return v128.andnot(a, mask);
}

/** y·a + (1 − y)·b */
function blend(y: v128, others: v128, a: v128, b: v128): v128 {
  return f64x2.add(f64x2.mul(y, a), f64x2.mul(others, b));
}

// σ and ln σ of x and of −x all come from e^-|x|, without cancellation on either side.

/** e^-|x| */
function decayed(x: v128): v128 {
  return exponential(f64x2.neg(f64x2.abs(x)));
}

/** σ(x), of the two values that it has at ±x. */
function logistic(x: v128, upper: v128, lower: v128): v128 {
  return v128.bitselect(upper, lower, f64x2.ge(x, f64x2.splat(0)));
}

/** ln(1 + e^x), from ln(1 + e^-|x|). */
function softplus(x: v128, log: v128): v128 {
  return f64x2.add(f64x2.pmax(x, f64x2.splat(0)), log);
}

/** Targets with smoothing of degree e > 0: y·(1 − e), and e where y is 0. */
function smoothed(y: v128, e: f64): v128 {
  const hard = f64x2.pmax(y, f64x2.splat(0));
  if (e == 0) return hard;
  const absent = masked(f64x2.splat(e), f64x2.eq(hard, f64x2.splat(0)));
  return f64x2.add(f64x2.mul(f64x2.splat(1 - e), hard), absent);
}

/** y times the weights of positive terms, of two elements; without weights y itself. */
function weighted(y: v128, weights: Address, at: usize, n: usize): v128 {
  return weights == 0 ? y : f64x2.mul(y, loadDoubles(weights + at, n));
}

/** Writes value and derivative of two elements (or one, n = 1); ignored ones are 0. */
function store(to: usize, slope: usize, value: v128, derivative: v128, given: v128, n: usize): void {
  const counted = f64x2.ge(given, f64x2.splat(0));
  storeDoubles(to, masked(value, counted), n);
  storeDoubles(slope, masked(derivative, counted), n);
}

/** baseᵍ·term and its derivative, where g = γ₊·y + γ₋·(1 − y). */
function storeFocused(
  to: usize,
  slope: usize,
  given: v128,
  n: usize,
  term: v128,
  dTerm: v128,
  base: v128,
  dBase: v128,
  exponent: v128,
  through: bool,
  valueFactor: v128,
  slopeFactor: v128,
): void {
  const log = logarithm(base),
    weight = power(base, log, exponent);
  let derivative = f64x2.mul(dTerm, weight);
  if (through) {
    const lower = power(base, log, f64x2.sub(exponent, f64x2.splat(1)));
    // Where the exponent is 0 the weight is 1 and does not change; 0·0⁻¹ would be NaN.
    const rise = masked(f64x2.mul(exponent, lower), f64x2.gt(exponent, f64x2.splat(0)));
    derivative = f64x2.add(derivative, f64x2.mul(f64x2.mul(term, rise), dBase));
  }
  const value = f64x2.mul(f64x2.mul(term, weight), valueFactor);
  store(to, slope, value, f64x2.mul(derivative, slopeFactor), given, n);
}

/** Asymmetric loss (docs/method.md#asl); binary cross entropy with gammas and margin 0. `limit` = −ln ε; `weights` 0: none. */
export function asymmetricLoss(
  outputs: Address,
  targets: Address,
  weights: Address,
  values: Address,
  slopes: Address,
  n: usize,
  scale: f64,
  smoothing: f64,
  gammaNeg: f64,
  gammaPos: f64,
  margin: f64,
  limit: f64,
  through: bool,
): void {
  const one = f64x2.splat(1),
    s = f64x2.splat(scale),
    l = f64x2.splat(limit),
    m = f64x2.splat(margin);
  const focused = gammaNeg != 0 || gammaPos != 0;
  for (let i: usize = 0; i < n; i += 2) {
    const two = n - i,
      at = i << 2;
    const x = f64x2.mul(loadDoubles(outputs + at, two), s),
      given = loadDoubles(targets + at, two);
    const y = smoothed(given, smoothing),
      others = f64x2.sub(one, y);
    const decay = decayed(x),
      minus = f64x2.neg(x);
    const log = logarithmOf1Plus(decay),
      upper = f64x2.div(one, f64x2.add(one, decay)),
      lower = f64x2.mul(decay, upper);
    const p = logistic(x, upper, lower),
      absent = logistic(minus, upper, lower),
      rise = f64x2.mul(upper, lower);
    const present = softplus(minus, log);
    const dPresent = unless(f64x2.neg(absent), f64x2.gt(present, l));
    // The probability of presence after the margin was taken off, and what its complement costs.
    let remaining = p,
      dRemaining = rise,
      missing: v128,
      dMissing: v128;
    if (margin > 0) {
      remaining = f64x2.pmax(f64x2.sub(p, m), f64x2.splat(0));
      dRemaining = unless(rise, f64x2.lt(p, m));
      missing = f64x2.neg(logarithmOf1Plus(f64x2.neg(remaining)));
      dMissing = f64x2.div(dRemaining, f64x2.sub(one, remaining));
    } else {
      missing = softplus(x, log);
      dMissing = p;
    }
    dMissing = unless(dMissing, f64x2.gt(missing, l));
    const wanted = weighted(y, weights, at, two);
    const term = blend(wanted, others, f64x2.pmin(present, l), f64x2.pmin(missing, l)),
      dTerm = blend(wanted, others, dPresent, dMissing);
    if (focused) {
      const base = blend(y, others, absent, remaining),
        dBase = blend(y, others, f64x2.neg(rise), dRemaining);
      const exponent = f64x2.add(f64x2.mul(f64x2.splat(gammaPos - gammaNeg), y), f64x2.splat(gammaNeg));
      storeFocused(values + at, slopes + at, given, two, term, dTerm, base, dBase, exponent, through, one, s);
    } else store(values + at, slopes + at, term, f64x2.mul(dTerm, s), given, two);
  }
}

/** Asymmetric angular margin loss of cosines (docs/method.md#aam). `shift` is the probability margin; `weights` 0: none. */
export function angularMarginLoss(
  outputs: Address,
  targets: Address,
  weights: Address,
  values: Address,
  slopes: Address,
  n: usize,
  scale: f64,
  smoothing: f64,
  gammaNeg: f64,
  gammaPos: f64,
  margin: f64,
  k: f64,
  shift: f64,
): void {
  const one = f64x2.splat(1),
    zero = f64x2.splat(0),
    s = f64x2.splat(scale),
    m = f64x2.splat(scale * margin),
    d = f64x2.splat(shift);
  const inverse = f64x2.splat(1 / scale),
    focused = gammaNeg != 0 || gammaPos != 0;
  for (let i: usize = 0; i < n; i += 2) {
    const two = n - i,
      at = i << 2;
    const x = f64x2.mul(loadDoubles(outputs + at, two), s),
      given = loadDoubles(targets + at, two);
    const y = smoothed(given, smoothing),
      others = f64x2.sub(one, y);
    const ofPresent = f64x2.mul(weighted(y, weights, at, two), f64x2.splat(k)),
      ofAbsent = f64x2.mul(others, f64x2.splat(1 - k));
    // p₊ = σ(above), p₋ = σ(−below).
    const above = f64x2.sub(x, m),
      below = f64x2.add(x, m);
    const decayAbove = decayed(above),
      decayBelow = decayed(below),
      minus = f64x2.neg(above);
    const upperAbove = f64x2.div(one, f64x2.add(one, decayAbove)),
      lowerAbove = f64x2.mul(decayAbove, upperAbove);
    const upperBelow = f64x2.div(one, f64x2.add(one, decayBelow)),
      lowerBelow = f64x2.mul(decayBelow, upperBelow);
    const missed = logistic(minus, upperAbove, lowerAbove),
      rejection = logistic(below, upperBelow, lowerBelow);
    let absent = softplus(below, logarithmOf1Plus(decayBelow)),
      dAbsent = rejection;
    const present = softplus(minus, logarithmOf1Plus(decayAbove));
    if (!focused) {
      const value = f64x2.add(f64x2.mul(ofPresent, present), f64x2.mul(ofAbsent, absent));
      const derivative = f64x2.sub(f64x2.mul(ofAbsent, dAbsent), f64x2.mul(ofPresent, missed));
      store(values + at, slopes + at, f64x2.mul(value, inverse), derivative, given, two);
      continue;
    }
    const acceptance = logistic(above, upperAbove, lowerAbove);
    let negative = logistic(f64x2.neg(below), upperBelow, lowerBelow),
      dNegative = f64x2.neg(f64x2.mul(upperBelow, lowerBelow));
    if (shift > 0) {
      const remaining = f64x2.pmax(f64x2.sub(rejection, d), zero);
      dNegative = unless(dNegative, f64x2.lt(rejection, d));
      negative = f64x2.sub(one, remaining);
      absent = f64x2.neg(logarithmOf1Plus(f64x2.neg(remaining)));
      dAbsent = f64x2.neg(f64x2.div(dNegative, negative));
    }
    const term = f64x2.add(f64x2.mul(ofPresent, present), f64x2.mul(ofAbsent, absent)),
      dTerm = f64x2.sub(f64x2.mul(ofAbsent, dAbsent), f64x2.mul(ofPresent, missed));
    const base = blend(y, others, negative, acceptance),
      dBase = blend(y, others, dNegative, f64x2.mul(acceptance, missed));
    const exponent = f64x2.add(f64x2.mul(f64x2.splat(gammaPos - gammaNeg), y), f64x2.splat(gammaNeg));
    storeFocused(
      values + at,
      slopes + at,
      given,
      two,
      term,
      dTerm,
      base,
      dBase,
      exponent,
      true,
      inverse,
      one,
    );
  }
}

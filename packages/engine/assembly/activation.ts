// Activations and their derivatives on four floats; forward and backward kernels over a flat array.
import { Address, fma } from './simd';
import { sigmoid } from './exp';
import { normalDensity, normalTail } from './normal-tail';
import { loadPart, storePart } from './part';

// Tags, passed as type arguments, so that each loop is compiled for its activation. The numbers that the host passes
// are in the same order, from 0.
export type Identity = i8;
export type Relu = u8;
export type LeakyRelu = i16;
export type HardSwish = u16;
export type Silu = i32;
export type Sigmoid = u32;
export type HardSigmoid = i64;
export type Gelu = u64;

/** Whether two tags are the same; folds at compile time. */
export function is<A, B>(): bool {
  return sizeof<A>() == sizeof<B>() && isSigned<A>() == isSigned<B>();
}

/** clip(z + 3, 0, 6); NaN stays NaN. */
function clipped(z: v128): v128 {
  return f32x4.pmin(f32x4.pmax(f32x4.add(z, f32x4.splat(3)), f32x4.splat(0)), f32x4.splat(6));
}

/** |z|, at most 14: beyond, the tail of the normal distribution is 0. NaN stays NaN. */
function magnitude(z: v128): v128 {
  return f32x4.pmin(f32x4.abs(z), f32x4.splat(14));
}

export function value<A>(z: v128, slope: v128): v128 {
  if (is<A, Relu>()) return f32x4.pmax(z, f32x4.splat(0));
  if (is<A, LeakyRelu>()) return v128.bitselect(z, f32x4.mul(z, slope), f32x4.gt(z, f32x4.splat(0)));
  if (is<A, HardSwish>()) return f32x4.mul(f32x4.mul(z, f32x4.splat(1.0 / 6.0)), clipped(z));
  if (is<A, Silu>()) return f32x4.mul(z, sigmoid(z));
  if (is<A, Sigmoid>()) return sigmoid(z);
  if (is<A, HardSigmoid>()) return f32x4.mul(clipped(z), f32x4.splat(1.0 / 6.0));
  if (is<A, Gelu>()) {
    // z·Φ(z), where Φ(z) is the tail at -z, or 1 less the tail at z.
    const a = magnitude(z),
      lost = f32x4.mul(a, normalTail(a));
    return f32x4.sub(f32x4.pmax(z, f32x4.splat(0)), lost);
  }
  return z;
}

/** The derivative at z, times dy. At the kinks as in PyTorch. */
export function gradient<A>(z: v128, dy: v128, slope: v128): v128 {
  if (is<A, Relu>()) return v128.and(dy, f32x4.gt(z, f32x4.splat(0)));
  if (is<A, LeakyRelu>()) return v128.bitselect(dy, f32x4.mul(dy, slope), f32x4.gt(z, f32x4.splat(0)));
  if (is<A, HardSwish>()) {
    let d = fma(z, f32x4.splat(1.0 / 3.0), f32x4.splat(0.5));
    d = v128.bitselect(f32x4.splat(1), d, f32x4.gt(z, f32x4.splat(3)));
    return f32x4.mul(dy, v128.andnot(d, f32x4.lt(z, f32x4.splat(-3))));
  }
  if (is<A, Silu>()) {
    const s = sigmoid(z);
    return f32x4.mul(dy, f32x4.mul(s, fma(z, f32x4.sub(f32x4.splat(1), s), f32x4.splat(1))));
  }
  if (is<A, Sigmoid>()) {
    const s = sigmoid(z);
    return f32x4.mul(dy, f32x4.mul(s, f32x4.sub(f32x4.splat(1), s)));
  }
  if (is<A, HardSigmoid>()) {
    const rises = v128.and(f32x4.gt(z, f32x4.splat(-3)), f32x4.lt(z, f32x4.splat(3)));
    return v128.and(f32x4.mul(dy, f32x4.splat(1.0 / 6.0)), rises);
  }
  if (is<A, Gelu>()) {
    // Φ(z) + z·φ(z)
    const a = magnitude(z),
      positive = f32x4.gt(z, f32x4.splat(0)),
      tail = normalTail(a),
      cumulative = v128.bitselect(f32x4.sub(f32x4.splat(1), tail), tail, positive),
      signed = v128.bitselect(a, f32x4.neg(a), positive);
    return f32x4.mul(dy, fma(signed, normalDensity(a), cumulative));
  }
  return dy;
}

function forward<A>(x: usize, y: usize, n: usize, slope: f32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    s = f32x4.splat(slope);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(y + i, value<A>(v128.load(x + i), s));
      i += 16;
    } while (i < full);
  if (rest > 0) storePart(y + i, value<A>(loadPart(x + i, rest), s), rest);
}

function backward<A>(x: usize, dy: usize, dx: usize, n: usize, slope: f32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    s = f32x4.splat(slope);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(dx + i, gradient<A>(v128.load(x + i), v128.load(dy + i), s));
      i += 16;
    } while (i < full);
  if (rest > 0) storePart(dx + i, gradient<A>(loadPart(x + i, rest), loadPart(dy + i, rest), s), rest);
}

export function activate(x: Address, y: Address, n: usize, activation: i32, slope: f32): void {
  if (activation == 1) forward<Relu>(x, y, n, slope);
  else if (activation == 2) forward<LeakyRelu>(x, y, n, slope);
  else if (activation == 3) forward<HardSwish>(x, y, n, slope);
  else if (activation == 4) forward<Silu>(x, y, n, slope);
  else if (activation == 5) forward<Sigmoid>(x, y, n, slope);
  else if (activation == 6) forward<HardSigmoid>(x, y, n, slope);
  else if (activation == 7) forward<Gelu>(x, y, n, slope);
  else forward<Identity>(x, y, n, slope);
}

export function activateGradient(
  x: Address,
  dy: Address,
  dx: Address,
  n: usize,
  activation: i32,
  slope: f32,
): void {
  if (activation == 1) backward<Relu>(x, dy, dx, n, slope);
  else if (activation == 2) backward<LeakyRelu>(x, dy, dx, n, slope);
  else if (activation == 3) backward<HardSwish>(x, dy, dx, n, slope);
  else if (activation == 4) backward<Silu>(x, dy, dx, n, slope);
  else if (activation == 5) backward<Sigmoid>(x, dy, dx, n, slope);
  else if (activation == 6) backward<HardSigmoid>(x, dy, dx, n, slope);
  else if (activation == 7) backward<Gelu>(x, dy, dx, n, slope);
  else backward<Identity>(x, dy, dx, n, slope);
}

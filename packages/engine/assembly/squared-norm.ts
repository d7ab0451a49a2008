import { Address, fma, lanesSum, min } from './simd';
import { loadPart } from './part';

const BLOCK: usize = 16384;

/** Σ x², float32 within a block, float64 across blocks. Four sums at a time: one alone waits for its own last addition. */
function sumOfSquares(x: usize, n: usize): f64 {
  const bytes = (n & ~3) << 2,
    rest = n & 3;
  let total: f64 = 0,
    i: usize = 0;
  while (i < bytes) {
    const end = i + min(bytes - i, BLOCK);
    let a = f32x4.splat(0),
      b = a,
      c = a,
      d = a;
    while (i + 64 <= end) {
      const p = v128.load(x + i),
        q = v128.load(x + i, 16),
        r = v128.load(x + i, 32),
        s = v128.load(x + i, 48);
      a = fma(p, p, a);
      b = fma(q, q, b);
      c = fma(r, r, c);
      d = fma(s, s, d);
      i += 64;
    }
    while (i < end) {
      const p = v128.load(x + i);
      a = fma(p, p, a);
      i += 16;
    }
    total += <f64>lanesSum(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  if (rest > 0) {
    const v = loadPart(x + i, rest);
    total += <f64>lanesSum(f32x4.mul(v, v));
  }
  return total;
}

/** Σ (w·x)²: the same for a product. */
function sumOfSquaredProducts(w: usize, x: usize, n: usize): f64 {
  const bytes = (n & ~3) << 2,
    rest = n & 3;
  let total: f64 = 0,
    i: usize = 0;
  while (i < bytes) {
    const end = i + min(bytes - i, BLOCK);
    let a = f32x4.splat(0),
      b = a;
    while (i + 32 <= end) {
      const p = f32x4.mul(v128.load(w + i), v128.load(x + i)),
        q = f32x4.mul(v128.load(w + i, 16), v128.load(x + i, 16));
      a = fma(p, p, a);
      b = fma(q, q, b);
      i += 32;
    }
    if (i < end) {
      const p = f32x4.mul(v128.load(w + i), v128.load(x + i));
      a = fma(p, p, a);
      i += 16;
    }
    total += <f64>lanesSum(f32x4.add(a, b));
  }
  if (rest > 0) {
    const v = f32x4.mul(loadPart(w + i, rest), loadPart(x + i, rest));
    total += <f64>lanesSum(f32x4.mul(v, v));
  }
  return total;
}

/** Records of 3 words: x, n, and the factor w of x, 0 for none. Σ (w·x)² over all of them. */
export function squaredNorm(table: Address, count: usize): f64 {
  const end = table + count * 12;
  let total: f64 = 0;
  for (; table < end; table += 12) {
    const x = load<u32>(table),
      n = load<u32>(table, 4),
      w = load<u32>(table, 8);
    total += w == 0 ? sumOfSquares(x, n) : sumOfSquaredProducts(w, x, n);
  }
  return total;
}

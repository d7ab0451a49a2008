import { fma, lanesSum, min, Place, Table } from './simd';
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

@unmanaged
class SquaredNormRecord {
  x: Place;
  n: u32;
  /** The factor of x, 0: none. */
  w: Place;
}

/** Σ (w·x)² over all records. */
export function squaredNorm(table: Table<SquaredNormRecord>, count: usize): f64 {
  const size = offsetof<SquaredNormRecord>(),
    end = table + count * size;
  let total: f64 = 0;
  for (; table < end; table += size) {
    const r = changetype<SquaredNormRecord>(table);
    total += r.w == 0 ? sumOfSquares(r.x, r.n) : sumOfSquaredProducts(r.w, r.x, r.n);
  }
  return total;
}

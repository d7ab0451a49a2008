// AdamW over a table of parameters, in place.
import { fma, Place, Table } from './simd';
import { loadPart, storePart } from './part';

/**
 * m = beta1·m + (1 - beta1)·g, v = beta2·v + (1 - beta2)·g², p = keep·p - rate·m/(√v·inverseRoot + ε); with
 * `largest` (0: none), v in the last formula is the running maximum kept there.
 */
function step(
  p: usize,
  g: usize,
  m: usize,
  v: usize,
  largest: usize,
  n: usize,
  keep: f32,
  rate: f32,
  beta1: f32,
  fresh1: f32,
  beta2: f32,
  fresh2: f32,
  inverseRoot: f32,
  epsilon: f32,
): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    k = f32x4.splat(keep),
    lr = f32x4.splat(rate);
  const b1 = f32x4.splat(beta1),
    b2 = f32x4.splat(beta2),
    f1 = f32x4.splat(fresh1),
    f2 = f32x4.splat(fresh2);
  const ir = f32x4.splat(inverseRoot),
    e = f32x4.splat(epsilon);
  let i: usize = 0;
  if (full > 0)
    do {
      const d = v128.load(g + i),
        mm = fma(v128.load(m + i), b1, f32x4.mul(d, f1));
      let vv = fma(v128.load(v + i), b2, f32x4.mul(f32x4.mul(d, d), f2));
      v128.store(m + i, mm);
      v128.store(v + i, vv);
      if (largest) {
        vv = f32x4.max(vv, v128.load(largest + i));
        v128.store(largest + i, vv);
      }
      const change = f32x4.div(f32x4.mul(mm, lr), fma(f32x4.sqrt(vv), ir, e));
      v128.store(p + i, f32x4.sub(f32x4.mul(v128.load(p + i), k), change));
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const d = loadPart(g + i, rest),
      mm = fma(loadPart(m + i, rest), b1, f32x4.mul(d, f1));
    let vv = fma(loadPart(v + i, rest), b2, f32x4.mul(f32x4.mul(d, d), f2));
    storePart(m + i, mm, rest);
    storePart(v + i, vv, rest);
    if (largest) {
      vv = f32x4.max(vv, loadPart(largest + i, rest));
      storePart(largest + i, vv, rest);
    }
    const change = f32x4.div(f32x4.mul(mm, lr), fma(f32x4.sqrt(vv), ir, e));
    storePart(p + i, f32x4.sub(f32x4.mul(loadPart(p + i, rest), k), change), rest);
  }
}

/** A parameter; see `step`. */
@unmanaged
class AdamRecord {
  p: Place;
  g: Place;
  m: Place;
  v: Place;
  largest: Place;
  n: u32;
  keep: f32;
  rate: f32;
  inverseRoot: f32;
}

export function adam(
  table: Table<AdamRecord>,
  count: usize,
  beta1: f32,
  fresh1: f32,
  beta2: f32,
  fresh2: f32,
  epsilon: f32,
): void {
  const size = offsetof<AdamRecord>(),
    end = table + count * size;
  for (; table < end; table += size) {
    const r = changetype<AdamRecord>(table);
    step(
      r.p,
      r.g,
      r.m,
      r.v,
      r.largest,
      r.n,
      r.keep,
      r.rate,
      beta1,
      fresh1,
      beta2,
      fresh2,
      r.inverseRoot,
      epsilon,
    );
  }
}

// Stochastic gradient descent over a table of parameters, in place.
import { Flag, fma, Place, Table } from './simd';
import { loadPart, storePart } from './part';

/** p -= rate·(g + decay·p). */
function plain(p: usize, g: usize, n: usize, rate: f32, decay: f32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    lr = f32x4.splat(-rate),
    wd = f32x4.splat(decay);
  let i: usize = 0;
  if (full > 0)
    do {
      const w = v128.load(p + i);
      v128.store(p + i, fma(fma(w, wd, v128.load(g + i)), lr, w));
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const w = loadPart(p + i, rest);
    storePart(p + i, fma(fma(w, wd, loadPart(g + i, rest)), lr, w), rest);
  }
}

/** With d = g + decay·p: v = momentum·v + fresh·d (in a first step v = d), p -= rate·(ahead·d + follow·v). */
function withMomentum(
  p: usize,
  g: usize,
  v: usize,
  n: usize,
  rate: f32,
  decay: f32,
  first: bool,
  momentum: f32,
  fresh: f32,
  ahead: f32,
  follow: f32,
): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    lr = f32x4.splat(-rate),
    wd = f32x4.splat(decay);
  const mu = f32x4.splat(momentum),
    f = f32x4.splat(fresh),
    a = f32x4.splat(ahead),
    b = f32x4.splat(follow);
  let i: usize = 0;
  if (full > 0)
    do {
      const w = v128.load(p + i),
        d = fma(w, wd, v128.load(g + i));
      const u = first ? d : fma(v128.load(v + i), mu, f32x4.mul(d, f));
      v128.store(v + i, u);
      v128.store(p + i, fma(fma(d, a, f32x4.mul(u, b)), lr, w));
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const w = loadPart(p + i, rest),
      d = fma(w, wd, loadPart(g + i, rest));
    const u = first ? d : fma(loadPart(v + i, rest), mu, f32x4.mul(d, f));
    storePart(v + i, u, rest);
    storePart(p + i, fma(fma(d, a, f32x4.mul(u, b)), lr, w), rest);
  }
}

/** A parameter; see `withMomentum`. */
@unmanaged
class SgdRecord {
  p: Place;
  g: Place;
  /** 0: no momentum. */
  v: Place;
  n: u32;
  first: Flag;
  rate: f32;
  decay: f32;
}

export function sgd(
  table: Table<SgdRecord>,
  count: usize,
  momentum: f32,
  fresh: f32,
  ahead: f32,
  follow: f32,
): void {
  const size = offsetof<SgdRecord>(),
    end = table + count * size;
  for (; table < end; table += size) {
    const r = changetype<SgdRecord>(table);
    if (r.v == 0) plain(r.p, r.g, r.n, r.rate, r.decay);
    else withMomentum(r.p, r.g, r.v, r.n, r.rate, r.decay, r.first != 0, momentum, fresh, ahead, follow);
  }
}

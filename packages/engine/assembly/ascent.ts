// The ascent of sharpness-aware minimisation over a table of parameters.
import { fma, Place, Table } from './simd';
import { loadPart, storePart } from './part';

/** to = w + factor·g; adaptive: w + factor·w²·g. */
function climb(w: usize, g: usize, to: usize, n: usize, factor: f32, adaptive: bool): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    f = f32x4.splat(factor);
  let i: usize = 0;
  if (full > 0)
    do {
      const v = v128.load(w + i);
      let d = v128.load(g + i);
      if (adaptive) d = f32x4.mul(f32x4.mul(v, v), d);
      v128.store(to + i, fma(d, f, v));
      i += 16;
    } while (i < full);
  if (rest > 0) {
    const v = loadPart(w + i, rest);
    let d = loadPart(g + i, rest);
    if (adaptive) d = f32x4.mul(f32x4.mul(v, v), d);
    storePart(to + i, fma(d, f, v), rest);
  }
}

@unmanaged
class AscentRecord {
  w: Place;
  g: Place;
  /** Where the climbed weights go. */
  to: Place;
  n: u32;
}

export function ascent(table: Table<AscentRecord>, count: usize, factor: f32, adaptive: bool): void {
  const size = offsetof<AscentRecord>(),
    end = table + count * size;
  for (; table < end; table += size) {
    const r = changetype<AscentRecord>(table);
    climb(r.w, r.g, r.to, r.n, factor, adaptive);
  }
}

// Multiples of whole tensors, over a table of them, in place.
import { loadPart, storePart } from './part';
import { Place, Table } from './simd';

function multiple(x: usize, n: usize, factor: f32): void {
  const full = (n & ~3) << 2,
    rest = n & 3,
    f = f32x4.splat(factor);
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(x + i, f32x4.mul(v128.load(x + i), f));
      i += 16;
    } while (i < full);
  if (rest > 0) storePart(x + i, f32x4.mul(loadPart(x + i, rest), f), rest);
}

@unmanaged
class ScaleValuesRecord {
  x: Place;
  n: u32;
}

/** x = factor·x. */
export function scaleValues(table: Table<ScaleValuesRecord>, count: usize, factor: f32): void {
  const size = offsetof<ScaleValuesRecord>(),
    end = table + count * size;
  for (; table < end; table += size) {
    const r = changetype<ScaleValuesRecord>(table);
    multiple(r.x, r.n, factor);
  }
}

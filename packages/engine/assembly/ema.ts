// Exponential moving averages of the weights, over a table of them, in place.
import { runningAverage } from './running-average';
import { Place, Table } from './simd';

@unmanaged
class EmaRecord {
  average: Place;
  value: Place;
  n: u32;
}

/** average = decay·average + fresh·value. */
export function ema(table: Table<EmaRecord>, count: usize, decay: f32, fresh: f32): void {
  const size = offsetof<EmaRecord>(),
    end = table + count * size;
  for (; table < end; table += size) {
    const r = changetype<EmaRecord>(table);
    runningAverage(r.average, r.value, r.average, r.n, decay, fresh);
  }
}

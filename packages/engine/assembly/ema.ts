// Exponential moving averages of the weights, over a table of them, in place.
import { runningAverage } from './running-average';
import { Address } from './simd';

/** Records of 3 words: the average, the value, n. average = decay·average + fresh·value. */
export function ema(table: Address, count: usize, decay: f32, fresh: f32): void {
  const end = table + count * 12;
  for (; table < end; table += 12) {
    const average = load<u32>(table);
    runningAverage(average, load<u32>(table, 4), average, load<u32>(table, 8), decay, fresh);
  }
}

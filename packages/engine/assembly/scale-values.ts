// Multiples of whole tensors, over a table of them, in place.
import { loadPart, storePart } from './part';
import { Address } from './simd';

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

/** Records of 2 words: x, n. x = factor·x. */
export function scaleValues(table: Address, count: usize, factor: f32): void {
  const end = table + count * 8;
  for (; table < end; table += 8) multiple(load<u32>(table), load<u32>(table, 4), factor);
}

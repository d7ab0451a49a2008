// y = a + b over flat arrays.
import { Address } from './simd';
import { loadPart, storePart } from './part';

export function addResidual(a: Address, b: Address, y: Address, n: usize): void {
  const full = (n & ~3) << 2,
    rest = n & 3;
  let i: usize = 0;
  if (full > 0)
    do {
      v128.store(y + i, f32x4.add(v128.load(a + i), v128.load(b + i)));
      i += 16;
    } while (i < full);
  if (rest > 0) storePart(y + i, f32x4.add(loadPart(a + i, rest), loadPart(b + i, rest)), rest);
}

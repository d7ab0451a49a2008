// The ascent of sharpness-aware minimisation over a table of parameters.
import { Address, fma } from './simd';
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

/** Records of 4 words: w, g, where the climbed weights go, n. */
export function ascent(table: Address, count: usize, factor: f32, adaptive: bool): void {
  const end = table + count * 16;
  for (; table < end; table += 16) {
    climb(load<u32>(table), load<u32>(table, 4), load<u32>(table, 8), load<u32>(table, 12), factor, adaptive);
  }
}

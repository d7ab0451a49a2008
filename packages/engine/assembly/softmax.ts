// Softmax of the rows of x[R, C].
import { Address } from './simd';
import { exp } from './exp';
import { loadPart, storePart } from './part';
import { rowDot, rowSum } from './row-sums';

function rowMax(x: usize, C: usize): f32 {
  const full = (C & ~3) << 2;
  let best = f32.load(x),
    i: usize = 0;
  if (full > 0) {
    let most = v128.load(x);
    do {
      most = f32x4.max(most, v128.load(x + i));
      i += 16;
    } while (i < full);
    best = max<f32>(
      max<f32>(f32x4.extract_lane(most, 0), f32x4.extract_lane(most, 1)),
      max<f32>(f32x4.extract_lane(most, 2), f32x4.extract_lane(most, 3)),
    );
  }
  for (; i < C << 2; i += 4) best = max<f32>(best, f32.load(x + i));
  return best;
}

/** x and y may be the same. */
export function softmax(x: Address, y: Address, R: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    const largest = f32x4.splat(rowMax(x, C));
    let i: usize = 0;
    if (full > 0)
      do {
        v128.store(y + i, exp(f32x4.sub(v128.load(x + i), largest)));
        i += 16;
      } while (i < full);
    if (rest > 0) storePart(y + i, exp(f32x4.sub(loadPart(x + i, rest), largest)), rest);
    const factor = f32x4.splat(<f32>1 / rowSum(y, C));
    i = 0;
    if (full > 0)
      do {
        v128.store(y + i, f32x4.mul(v128.load(y + i), factor));
        i += 16;
      } while (i < full);
    if (rest > 0) storePart(y + i, f32x4.mul(loadPart(y + i, rest), factor), rest);
    x += stride;
    y += stride;
  }
}

/** dx = y·(dy - Σ y·dy). dx may be dy. */
export function softmaxGradient(y: Address, dy: Address, dx: Address, R: usize, C: usize): void {
  const full = (C & ~3) << 2,
    rest = C & 3,
    stride = C << 2;
  for (let r: usize = 0; r < R; r++) {
    const mean = f32x4.splat(rowDot(y, dy, C));
    let i: usize = 0;
    if (full > 0)
      do {
        v128.store(dx + i, f32x4.mul(v128.load(y + i), f32x4.sub(v128.load(dy + i), mean)));
        i += 16;
      } while (i < full);
    if (rest > 0)
      storePart(dx + i, f32x4.mul(loadPart(y + i, rest), f32x4.sub(loadPart(dy + i, rest), mean)), rest);
    y += stride;
    dy += stride;
    dx += stride;
  }
}

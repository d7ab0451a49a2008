// Mean of each 2x2 block: x[B,H,W,C] to y[B,ceil(H/2),ceil(W/2),C]. At the end of an odd size the blocks have one row or
// column less.
import { Address } from './simd';
import { loadPart, storePart } from './part';

export function averagePool(x: Address, y: Address, B: usize, H: usize, W: usize, C: usize): void {
  const cb = C << 2,
    row = W * cb,
    full = (C & ~3) << 2,
    rest = C & 3;
  for (let b: usize = 0; b < B; b++) {
    for (let h: usize = 0; h < H; h += 2) {
      const top = x + h * row,
        down = h + 1 < H ? row : 0;
      for (let w: usize = 0; w < W; w += 2) {
        // A pixel of a block that is cut counts twice or four times instead of its missing neighbours.
        const along = w + 1 < W ? cb : 0,
          quarter = f32x4.splat(0.25);
        let p = top + w * cb,
          c: usize = 0;
        if (full > 0)
          do {
            const upper = f32x4.add(v128.load(p), v128.load(p + along));
            const lower = f32x4.add(v128.load(p + down), v128.load(p + down + along));
            v128.store(y + c, f32x4.mul(f32x4.add(upper, lower), quarter));
            c += 16;
            p += 16;
          } while (c < full);
        if (rest > 0) {
          const upper = f32x4.add(loadPart(p, rest), loadPart(p + along, rest));
          const lower = f32x4.add(loadPart(p + down, rest), loadPart(p + down + along, rest));
          storePart(y + c, f32x4.mul(f32x4.add(upper, lower), quarter), rest);
        }
        y += cb;
      }
    }
    x += H * row;
  }
}

export function averagePoolGradient(dy: Address, dx: Address, B: usize, H: usize, W: usize, C: usize): void {
  const cb = C << 2,
    row = ((W + 1) >> 1) * cb,
    full = (C & ~3) << 2,
    rest = C & 3;
  for (let b: usize = 0; b < B; b++) {
    for (let h: usize = 0; h < H; h++) {
      const source = dy + (h >> 1) * row,
        tall: f32 = (h | 1) < H ? 0.5 : 1;
      for (let w: usize = 0; w < W; w++) {
        const g = source + (w >> 1) * cb,
          share = f32x4.splat((w | 1) < W ? tall * 0.5 : tall);
        let c: usize = 0;
        if (full > 0)
          do {
            v128.store(dx + c, f32x4.mul(v128.load(g + c), share));
            c += 16;
          } while (c < full);
        if (rest > 0) storePart(dx + c, f32x4.mul(loadPart(g + c, rest), share), rest);
        dx += cb;
      }
    }
    dy += ((H + 1) >> 1) * row;
  }
}

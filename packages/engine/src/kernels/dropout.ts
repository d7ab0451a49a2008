import { dropoutKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import type { KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

/** `rate` in units of 2^-24, as the kernels compare it: keep where the 24 random bits are >= it. */
export function dropThreshold(rate: number): number {
  return Math.ceil(rate * 16777216);
}

/** The map is linear in x and its own gradient. */
export const dropout: KernelOf<typeof dropoutKernel> = {
  kernel({ x }, { rate, seed }) {
    const y = output(x.shape);
    const n = sizeOf(x.shape);
    kernels().dropout({ x, y, n, threshold: dropThreshold(rate), scale: 1 / (1 - rate), seed });
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => dropoutKernel.run({ x: dy }, attributes) }),
  },
};

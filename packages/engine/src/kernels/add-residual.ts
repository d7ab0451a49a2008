import { clone } from '@tensorflow/tfjs-core';
import type { addResidualKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import type { KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

export const addResidual: KernelOf<typeof addResidualKernel> = {
  kernel({ x, shortcut }) {
    const y = output(x.shape);
    kernels().addResidual({ a: x, b: shortcut, y, n: sizeOf(x.shape) });
    return y;
  },
  gradient: {
    of: (dy) => ({ x: () => clone(dy), shortcut: () => clone(dy) }),
  },
};

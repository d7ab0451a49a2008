import type { averagePoolKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { halved, imagesOf } from './shapes.js';

const averagePoolGradient = gradientKernel(
  'PolytagAveragePoolGradient',
  ({ dy }: Inputs<'dy'>, { shape }: { shape: number[] }) => {
    const dx = output(shape);
    kernels().averagePoolGradient({ dy, dx, ...imagesOf(shape) });
    return dx;
  },
);

export const averagePool: KernelOf<typeof averagePoolKernel> = {
  kernel({ x }) {
    const y = output(halved(x.shape));
    kernels().averagePool({ x, y, ...imagesOf(x.shape) });
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => averagePoolGradient({ dy }, attributes) }),
  },
};

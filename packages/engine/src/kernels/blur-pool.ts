import type { blurPoolKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { halved, imagesOf } from './shapes.js';

const blurPoolGradient = gradientKernel(
  'PolytagBlurPoolGradient',
  ({ dy }: Inputs<'dy'>, { shape }: { shape: number[] }) => {
    const dx = output(shape);
    kernels().blurPoolGradient({ dy, dx, ...imagesOf(shape) });
    return dx;
  },
);

export const blurPool: KernelOf<typeof blurPoolKernel> = {
  kernel({ x }) {
    const y = output(halved(x.shape));
    kernels().blurPool({ x, y, ...imagesOf(x.shape) });
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => blurPoolGradient({ dy }, attributes) }),
  },
};

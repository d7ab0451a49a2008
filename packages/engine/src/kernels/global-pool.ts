import type { globalAveragePoolKernel, globalMaxPoolKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, placesOf } from './shapes.js';

const globalAveragePoolGradient = gradientKernel(
  'PolytagGlobalAveragePoolGradient',
  ({ dy }: Inputs<'dy'>, { shape }: { shape: number[] }) => {
    const dx = output(shape);
    kernels().globalAveragePoolGradient({ dy, dx, ...placesOf(shape) });
    return dx;
  },
);

export const globalAveragePool: KernelOf<typeof globalAveragePoolKernel> = {
  kernel({ x }) {
    const { B, P, C } = placesOf(x.shape);
    const y = output([B, C]);
    kernels().globalAveragePool({ x, y, B, P, C, work: scratch(12 * padded(C)) });
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => globalAveragePoolGradient({ dy }, attributes) }),
  },
};

const globalMaxPoolGradient = gradientKernel(
  'PolytagGlobalMaxPoolGradient',
  ({ dy, place }: Inputs<'dy' | 'place'>, { shape }: { shape: number[] }) => {
    const dx = output(shape);
    kernels().globalMaxPoolGradient({ dy, place, dx, ...placesOf(shape) });
    return dx;
  },
);

export const globalMaxPool: KernelOf<typeof globalMaxPoolKernel> = {
  kernel({ x }) {
    const { B, P, C } = placesOf(x.shape);
    const [y, place] = [output([B, C]), output([B, C], 'int32')];
    kernels().globalMaxPool({ x, y, place, B, P, C });
    return [y, place];
  },
  gradient: {
    outputs: [false, true],
    of: ([dy], [place], attributes) => ({ x: () => globalMaxPoolGradient({ dy, place }, attributes) }),
  },
};

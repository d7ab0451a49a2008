import type { preluKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

const preluGradient = gradientKernel(
  'PolytagPReluGradient',
  ({ x, slope, dy }: Inputs<'x' | 'slope' | 'dy'>) => {
    const [dx, dSlope] = [output(x.shape), output([1])];
    kernels().preluGradient({ x, slope, dy, dx, dSlope, n: sizeOf(x.shape) });
    return [dx, dSlope];
  },
);

export const prelu: KernelOf<typeof preluKernel> = {
  kernel({ x, slope }) {
    const y = output(x.shape);
    kernels().prelu({ x, slope, y, n: sizeOf(x.shape) });
    return y;
  },
  gradient: {
    inputs: ['x', 'slope'],
    of: (dy, [x, slope]) => {
      const [dx, dSlope] = preluGradient({ x, slope, dy });
      return { x: () => dx, slope: () => dSlope };
    },
  },
};

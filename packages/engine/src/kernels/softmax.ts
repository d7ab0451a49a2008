import type { softmaxKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { rowsOf } from './shapes.js';

const softmaxGradient = gradientKernel('PolytagSoftmaxGradient', ({ y, dy }: Inputs<'y' | 'dy'>) => {
  const dx = output(y.shape);
  kernels().softmaxGradient({ y, dy, dx, ...rowsOf(y.shape) });
  return dx;
});

export const softmax: KernelOf<typeof softmaxKernel> = {
  kernel({ x }) {
    const y = output(x.shape);
    kernels().softmax({ x, y, ...rowsOf(x.shape) });
    return y;
  },
  gradient: {
    outputs: [true],
    of: (dy, [y]) => ({ x: () => softmaxGradient({ y, dy }) }),
  },
};

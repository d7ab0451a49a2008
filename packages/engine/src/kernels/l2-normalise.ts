import type { l2NormaliseKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, rowsOf } from './shapes.js';

const l2NormaliseGradient = gradientKernel(
  'PolytagL2NormaliseGradient',
  ({ y, norm, dy }: Inputs<'y' | 'norm' | 'dy'>, { columns }: { columns: boolean }) => {
    const { R, C } = rowsOf(y.shape);
    const dx = output(y.shape);
    if (columns) {
      kernels().normaliseColumnsGradient({ y, norm, dy, dx, R, C, work: scratch(16 * padded(C)) });
    } else kernels().normaliseRowsGradient({ y, norm, dy, dx, R, C });
    return dx;
  },
);

export const l2Normalise: KernelOf<typeof l2NormaliseKernel> = {
  kernel({ x }, { columns }) {
    const { R, C } = rowsOf(x.shape);
    const [y, norm] = [output(x.shape), output([columns ? C : R])];
    if (columns) kernels().normaliseColumns({ x, y, norm, R, C, work: scratch(12 * padded(C)) });
    else kernels().normaliseRows({ x, y, norm, R, C });
    return [y, norm];
  },
  gradient: {
    outputs: [true, true],
    of: ([dy], [y, norm], attributes) => ({ x: () => l2NormaliseGradient({ y, norm, dy }, attributes) }),
  },
};

import type { layerNormKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, rowsOf } from './shapes.js';

const layerNormGradient = gradientKernel(
  'PolytagLayerNormGradient',
  ({ x, dy, gamma, mean, inverse }: Inputs<'x' | 'dy' | 'gamma' | 'mean' | 'inverse'>) => {
    const { R, C } = rowsOf(x.shape);
    const [dx, dGamma, dBeta] = [output(x.shape), output([C]), output([C])];
    const work = scratch(24 * padded(C));
    kernels().layerNormGradient({ x, dy, gamma, mean, inverse, dx, dGamma, dBeta, R, C, work });
    return [dx, dGamma, dBeta];
  },
);

export const layerNorm: KernelOf<typeof layerNormKernel> = {
  kernel({ x, gamma, beta }, { epsilon }) {
    const { R, C } = rowsOf(x.shape);
    const [y, mean, inverse] = [output(x.shape), output([R]), output([R])];
    kernels().layerNorm({ x, gamma, beta, y, mean, inverse, R, C, epsilon });
    return [y, mean, inverse];
  },
  gradient: {
    inputs: ['x', 'gamma'],
    outputs: [false, true, true],
    of: ([dy], [x, gamma, mean, inverse]) => {
      const [dx, dGamma, dBeta] = layerNormGradient({ x, dy, gamma, mean, inverse });
      return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
    },
  },
};

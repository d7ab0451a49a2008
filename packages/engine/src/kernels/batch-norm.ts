import type { ActivationAttributes, batchNormKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { activationCode } from './activation.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, rowsOf } from './shapes.js';

const batchNormGradient = gradientKernel(
  'PolytagBatchNormGradient',
  (
    { x, dy, gamma, beta, mean, variance }: Inputs<'x' | 'dy' | 'gamma' | 'beta' | 'mean' | 'variance'>,
    attributes: ActivationAttributes & { epsilon: number },
  ) => {
    const { R, C } = rowsOf(x.shape);
    const [dx, dGamma, dBeta] = [output(x.shape), output([C]), output([C])];
    kernels().batchNormGradient({
      x,
      dy,
      gamma,
      beta,
      mean,
      variance,
      dx,
      dGamma,
      dBeta,
      R,
      C,
      epsilon: attributes.epsilon,
      ...activationCode(attributes),
      work: scratch(36 * padded(C)),
    });
    return [dx, dGamma, dBeta];
  },
);

export const batchNorm: KernelOf<typeof batchNormKernel> = {
  kernel({ x, gamma, beta }, attributes) {
    const { R, C } = rowsOf(x.shape);
    const [y, mean, variance] = [output(x.shape), output([C]), output([C])];
    kernels().batchNorm({
      x,
      gamma,
      beta,
      y,
      mean,
      variance,
      R,
      C,
      epsilon: attributes.epsilon,
      ...activationCode(attributes),
      work: scratch(36 * padded(C)),
    });
    return [y, mean, variance];
  },
  gradient: {
    inputs: ['x', 'gamma', 'beta'],
    outputs: [false, true, true],
    of: ([dy], [x, gamma, beta, mean, variance], attributes) => {
      const [dx, dGamma, dBeta] = batchNormGradient({ x, dy, gamma, beta, mean, variance }, attributes);
      return { x: () => dx, gamma: () => dGamma, beta: () => dBeta };
    },
  },
};

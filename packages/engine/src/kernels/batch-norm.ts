import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { activationArguments } from './activation-code.js';
import { padded, rowsOf } from './rows.js';

const batchNormGradient = registerTrainingKernel({
  name: 'PolytagBatchNormGradient',
  kernel({ x, dy, gamma, beta, mean, variance }, attributes) {
    const { rows, channels } = rowsOf(x.shape);
    const [dx, dGamma, dBeta] = [output(x.shape), output([channels]), output([channels])];
    kernels().batchNormGradient(
      ...[x, dy, gamma, beta, mean, variance, dx, dGamma, dBeta].map(address),
      rows,
      channels,
      attributes.epsilon as number,
      ...activationArguments(attributes),
      scratch(36 * padded(channels)),
    );
    return [dx, dGamma, dBeta];
  },
});

/** Attributes `epsilon`, `activation` and `slope`; outputs y, mean and biased variance. */
export const batchNormKernel = registerTrainingKernel({
  name: 'PolytagBatchNorm',
  kernel({ x, gamma, beta }, attributes) {
    const { rows, channels } = rowsOf(x.shape);
    const [y, mean, variance] = [output(x.shape), output([channels]), output([channels])];
    kernels().batchNorm(
      ...[x, gamma, beta, y, mean, variance].map(address),
      rows,
      channels,
      attributes.epsilon as number,
      ...activationArguments(attributes),
      scratch(36 * padded(channels)),
    );
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
});

import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { padded, rowsOf } from './rows.js';

const layerNormGradient = registerTrainingKernel({
  name: 'PolytagLayerNormGradient',
  kernel({ x, dy, gamma, mean, inverse }) {
    const { rows, channels } = rowsOf(x.shape);
    const [dx, dGamma, dBeta] = [output(x.shape), output([channels]), output([channels])];
    const work = scratch(24 * padded(channels));
    kernels().layerNormGradient(
      ...[x, dy, gamma, mean, inverse, dx, dGamma, dBeta].map(address),
      rows,
      channels,
      work,
    );
    return [dx, dGamma, dBeta];
  },
});

/** Attribute `epsilon`. Outputs y and, for the gradient, the mean and the inverse deviation of each row. */
export const layerNormKernel = registerTrainingKernel({
  name: 'PolytagLayerNorm',
  kernel({ x, gamma, beta }, { epsilon }) {
    const { rows, channels } = rowsOf(x.shape);
    const [y, mean, inverse] = [output(x.shape), output([rows]), output([rows])];
    kernels().layerNorm(
      ...[x, gamma, beta, y, mean, inverse].map(address),
      rows,
      channels,
      epsilon as number,
    );
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
});

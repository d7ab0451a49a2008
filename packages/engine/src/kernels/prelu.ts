import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { sizeOf } from './rows.js';

const preluGradient = registerTrainingKernel({
  name: 'PolytagPReluGradient',
  kernel({ x, slope, dy }) {
    const [dx, dSlope] = [output(x.shape), output([1])];
    kernels().preluGradient(...[x, slope, dy, dx, dSlope].map(address), sizeOf(x.shape));
    return [dx, dSlope];
  },
});

export const preluKernel = registerTrainingKernel({
  name: 'PolytagPRelu',
  kernel({ x, slope }) {
    const y = output(x.shape);
    kernels().prelu(address(x), address(slope), address(y), sizeOf(x.shape));
    return y;
  },
  gradient: {
    inputs: ['x', 'slope'],
    of: (dy, [x, slope]) => {
      const [dx, dSlope] = preluGradient({ x, slope, dy });
      return { x: () => dx, slope: () => dSlope };
    },
  },
});

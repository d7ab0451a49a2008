import { clone } from '@tensorflow/tfjs-core';
import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { sizeOf } from './rows.js';

export const addResidualKernel = registerTrainingKernel({
  name: 'PolytagAddResidual',
  kernel({ x, shortcut }) {
    const y = output(x.shape);
    kernels().addResidual(address(x), address(shortcut), address(y), sizeOf(x.shape));
    return y;
  },
  gradient: {
    of: (dy) => ({ x: () => clone(dy), shortcut: () => clone(dy) }),
  },
});

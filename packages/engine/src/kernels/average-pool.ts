import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { halved } from './rows.js';

const averagePoolGradient = registerTrainingKernel({
  name: 'PolytagAveragePoolGradient',
  kernel({ dy }, { shape }) {
    const dx = output(shape as number[]);
    kernels().averagePoolGradient(address(dy), address(dx), ...(shape as number[]));
    return dx;
  },
});

/** Attribute `shape`, of x. */
export const averagePoolKernel = registerTrainingKernel({
  name: 'PolytagAveragePool',
  kernel({ x }) {
    const y = output(halved(x.shape));
    kernels().averagePool(address(x), address(y), ...x.shape);
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => averagePoolGradient({ dy }, attributes) }),
  },
});

import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { halved } from './rows.js';

const blurPoolGradient = registerTrainingKernel({
  name: 'PolytagBlurPoolGradient',
  kernel({ dy }, { shape }) {
    const dx = output(shape as number[]);
    kernels().blurPoolGradient(address(dy), address(dx), ...(shape as number[]));
    return dx;
  },
});

/** Attribute `shape`, of x. */
export const blurPoolKernel = registerTrainingKernel({
  name: 'PolytagBlurPool',
  kernel({ x }) {
    const y = output(halved(x.shape));
    kernels().blurPool(address(x), address(y), ...x.shape);
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => blurPoolGradient({ dy }, attributes) }),
  },
});

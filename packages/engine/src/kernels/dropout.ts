import { dropThreshold } from '../ops/dropout-mask.js';
import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel, type Operation } from '../wasm/register.js';
import { sizeOf } from './rows.js';

/** Attributes `rate` and `seed`. The map is linear in x and its own gradient. */
export const dropoutKernel: Operation = registerTrainingKernel({
  name: 'PolytagDropout',
  kernel({ x }, attributes) {
    const rate = attributes.rate as number;
    const y = output(x.shape);
    const scale = 1 / (1 - rate);
    kernels().dropout(
      address(x),
      address(y),
      sizeOf(x.shape),
      dropThreshold(rate),
      scale,
      attributes.seed as number,
    );
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => dropoutKernel({ x: dy }, attributes) }),
  },
});

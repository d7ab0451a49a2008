import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { activationArguments } from './activation-code.js';
import { sizeOf } from './rows.js';

const activateGradient = registerTrainingKernel({
  name: 'PolytagActivateGradient',
  kernel({ x, dy }, attributes) {
    const dx = output(x.shape);
    kernels().activateGradient(
      address(x),
      address(dy),
      address(dx),
      sizeOf(x.shape),
      ...activationArguments(attributes),
    );
    return dx;
  },
});

/** Attributes `activation` and `slope`. */
export const activateKernel = registerTrainingKernel({
  name: 'PolytagActivate',
  kernel({ x }, attributes) {
    const y = output(x.shape);
    kernels().activate(address(x), address(y), sizeOf(x.shape), ...activationArguments(attributes));
    return y;
  },
  gradient: {
    inputs: ['x'],
    of: (dy, [x], attributes) => ({ x: () => activateGradient({ x, dy }, attributes) }),
  },
});

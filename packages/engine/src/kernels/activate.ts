import type { TensorInfo } from '@tensorflow/tfjs-core';
import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel, type Attributes } from '../wasm/register.js';
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

function kernel({ x }: Record<string, TensorInfo>, attributes: Attributes): TensorInfo {
  const y = output(x.shape);
  kernels().activate(address(x), address(y), sizeOf(x.shape), ...activationArguments(attributes));
  return y;
}

/** Attributes `activation` and `slope`. */
export const activateKernel = registerTrainingKernel({
  name: 'PolytagActivate',
  kernel,
  gradient: {
    inputs: ['x'],
    of: (dy, [x], attributes) => ({ x: () => activateGradient({ x, dy }, attributes) }),
  },
});

/**
 * The same for ReLU, and leaky ReLU whose slope is not below 0: the result has the sign of x, so it serves the gradient,
 * and as what follows keeps it anyway, x need not be kept.
 */
export const rectifyKernel = registerTrainingKernel({
  name: 'PolytagRectify',
  kernel,
  gradient: {
    outputs: [true],
    of: (dy, [y], attributes) => ({ x: () => activateGradient({ x: y, dy }, attributes) }),
  },
});

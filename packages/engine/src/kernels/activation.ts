import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { activateKernel, ActivationAttributes, rectifyKernel } from '@polytag/ops/kernels';
import { kernels, output } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { sizeOf } from './shapes.js';

/** In the order of the tags in assembly/activation.ts. */
const CODES: readonly ActivationAttributes['activation'][] = [
  'identity',
  'relu',
  'leaky-relu',
  'hard-swish',
  'silu',
  'sigmoid',
  'hard-sigmoid',
  'gelu',
];

/** An activation as a kernel takes it. */
export function activationCode({ activation, slope }: ActivationAttributes): {
  activation: number;
  slope: number;
} {
  return { activation: CODES.indexOf(activation), slope };
}

const activateGradient = gradientKernel(
  'PolytagActivateGradient',
  ({ x, dy }: Inputs<'x' | 'dy'>, attributes: ActivationAttributes) => {
    const dx = output(x.shape);
    kernels().activateGradient({ x, dy, dx, n: sizeOf(x.shape), ...activationCode(attributes) });
    return dx;
  },
);

function kernel({ x }: Inputs<'x'>, attributes: ActivationAttributes): TensorInfo {
  const y = output(x.shape);
  kernels().activate({ x, y, n: sizeOf(x.shape), ...activationCode(attributes) });
  return y;
}

export const activate: KernelOf<typeof activateKernel> = {
  kernel,
  gradient: {
    inputs: ['x'],
    of: (dy, [x], attributes) => ({ x: () => activateGradient({ x, dy }, attributes) }),
  },
};

/** The result has the sign of x, so it serves the gradient, and as what follows keeps it anyway, x need not be kept. */
export const rectify: KernelOf<typeof rectifyKernel> = {
  kernel,
  gradient: {
    outputs: [true],
    of: (dy, [y], attributes) => ({ x: () => activateGradient({ x: y, dy }, attributes) }),
  },
};

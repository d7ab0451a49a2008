import type { ActivationAttributes, scaleShiftKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { activationCode } from './activation.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, rowsOf } from './shapes.js';

const scaleShiftGradient = gradientKernel(
  'PolytagScaleShiftGradient',
  ({ x, dy, scale, shift }: Inputs<'x' | 'dy' | 'scale' | 'shift'>, attributes: ActivationAttributes) => {
    const { R, C } = rowsOf(x.shape);
    const [dx, dScale, dShift] = [output(x.shape), output([C]), output([C])];
    const work = scratch(36 * padded(C));
    const code = activationCode(attributes);
    kernels().scaleShiftGradient({ x, dy, scale, shift, dx, dScale, dShift, R, C, ...code, work });
    return [dx, dScale, dShift];
  },
);

export const scaleShift: KernelOf<typeof scaleShiftKernel> = {
  kernel({ x, scale, shift }, attributes) {
    const { R, C } = rowsOf(x.shape);
    const y = output(x.shape);
    const work = scratch(12 * padded(C));
    kernels().scaleShift({ x, scale, shift, y, R, C, ...activationCode(attributes), work });
    return y;
  },
  gradient: {
    inputs: ['x', 'scale', 'shift'],
    of: (dy, [x, scale, shift], attributes) => {
      const [dx, dScale, dShift] = scaleShiftGradient({ x, dy, scale, shift }, attributes);
      return { x: () => dx, scale: () => dScale, shift: () => dShift };
    },
  },
};

import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { activationArguments } from './activation-code.js';
import { padded, rowsOf } from './rows.js';

const scaleShiftGradient = registerTrainingKernel({
  name: 'PolytagScaleShiftGradient',
  kernel({ x, dy, scale, shift }, attributes) {
    const { rows, channels } = rowsOf(x.shape);
    const [dx, dScale, dShift] = [output(x.shape), output([channels]), output([channels])];
    kernels().scaleShiftGradient(
      ...[x, dy, scale, shift, dx, dScale, dShift].map(address),
      rows,
      channels,
      ...activationArguments(attributes),
      scratch(36 * padded(channels)),
    );
    return [dx, dScale, dShift];
  },
});

/** Attributes `activation` and `slope`. */
export const scaleShiftKernel = registerTrainingKernel({
  name: 'PolytagScaleShift',
  kernel({ x, scale, shift }, attributes) {
    const { rows, channels } = rowsOf(x.shape);
    const y = output(x.shape);
    kernels().scaleShift(
      ...[x, scale, shift, y].map(address),
      rows,
      channels,
      ...activationArguments(attributes),
      scratch(12 * padded(channels)),
    );
    return y;
  },
  gradient: {
    inputs: ['x', 'scale', 'shift'],
    of: (dy, [x, scale, shift], attributes) => {
      const [dx, dScale, dShift] = scaleShiftGradient({ x, dy, scale, shift }, attributes);
      return { x: () => dx, scale: () => dScale, shift: () => dShift };
    },
  },
});

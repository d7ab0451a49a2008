import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { padded, rowsOf } from './rows.js';

const normaliseGradient = registerTrainingKernel({
  name: 'PolytagL2NormaliseGradient',
  kernel({ y, norm, dy }, { columns }) {
    const { rows, channels } = rowsOf(y.shape);
    const dx = output(y.shape);
    const addresses = [y, norm, dy, dx].map(address);
    if (columns)
      kernels().normaliseColumnsGradient(...addresses, rows, channels, scratch(16 * padded(channels)));
    else kernels().normaliseRowsGradient(...addresses, rows, channels);
    return dx;
  },
});

/** Attribute `columns`: along axis 0 of a matrix, else along the last axis. Outputs y and the norms. */
export const l2NormaliseKernel = registerTrainingKernel({
  name: 'PolytagL2Normalise',
  kernel({ x }, { columns }) {
    const { rows, channels } = rowsOf(x.shape);
    const [y, norm] = [output(x.shape), output([columns ? channels : rows])];
    const addresses = [x, y, norm].map(address);
    if (columns) kernels().normaliseColumns(...addresses, rows, channels, scratch(12 * padded(channels)));
    else kernels().normaliseRows(...addresses, rows, channels);
    return [y, norm];
  },
  gradient: {
    outputs: [true, true],
    of: ([dy], [y, norm], attributes) => ({ x: () => normaliseGradient({ y, norm, dy }, attributes) }),
  },
});

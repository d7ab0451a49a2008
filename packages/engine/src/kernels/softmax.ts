import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { rowsOf } from './rows.js';

const softmaxGradient = registerTrainingKernel({
  name: 'PolytagSoftmaxGradient',
  kernel({ y, dy }) {
    const { rows, channels } = rowsOf(y.shape);
    const dx = output(y.shape);
    kernels().softmaxGradient(address(y), address(dy), address(dx), rows, channels);
    return dx;
  },
});

export const softmaxKernel = registerTrainingKernel({
  name: 'PolytagSoftmax',
  kernel({ x }) {
    const { rows, channels } = rowsOf(x.shape);
    const y = output(x.shape);
    kernels().softmax(address(x), address(y), rows, channels);
    return y;
  },
  gradient: {
    outputs: [true],
    of: (dy, [y]) => ({ x: () => softmaxGradient({ y, dy }) }),
  },
});

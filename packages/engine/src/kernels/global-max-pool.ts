import { address, kernels, output } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { placesOf } from './rows.js';

const globalMaxPoolGradient = registerTrainingKernel({
  name: 'PolytagGlobalMaxPoolGradient',
  kernel({ dy, place }, { shape }) {
    const { batch, places, channels } = placesOf(shape as number[]);
    const dx = output(shape as number[]);
    kernels().globalMaxPoolGradient(address(dy), address(place), address(dx), batch, places, channels);
    return dx;
  },
});

/** Attribute `shape`, of x. Outputs the maxima and, for the gradient, their places. */
export const globalMaxPoolKernel = registerTrainingKernel({
  name: 'PolytagGlobalMaxPool',
  kernel({ x }) {
    const { batch, places, channels } = placesOf(x.shape);
    const [y, place] = [output([batch, channels]), output([batch, channels], 'int32')];
    kernels().globalMaxPool(address(x), address(y), address(place), batch, places, channels);
    return [y, place];
  },
  gradient: {
    outputs: [false, true],
    of: ([dy], [place], attributes) => ({ x: () => globalMaxPoolGradient({ dy, place }, attributes) }),
  },
});

import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { padded, placesOf } from './rows.js';

const globalAveragePoolGradient = registerTrainingKernel({
  name: 'PolytagGlobalAveragePoolGradient',
  kernel({ dy }, { shape }) {
    const { batch, places, channels } = placesOf(shape as number[]);
    const dx = output(shape as number[]);
    kernels().globalAveragePoolGradient(address(dy), address(dx), batch, places, channels);
    return dx;
  },
});

/** Attribute `shape`, of x. */
export const globalAveragePoolKernel = registerTrainingKernel({
  name: 'PolytagGlobalAveragePool',
  kernel({ x }) {
    const { batch, places, channels } = placesOf(x.shape);
    const y = output([batch, channels]);
    kernels().globalAveragePool(
      address(x),
      address(y),
      batch,
      places,
      channels,
      scratch(12 * padded(channels)),
    );
    return y;
  },
  gradient: {
    of: (dy, _, attributes) => ({ x: () => globalAveragePoolGradient({ dy }, attributes) }),
  },
});

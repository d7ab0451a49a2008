import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { padded, placesOf } from './rows.js';

const channelScaleGradient = registerTrainingKernel({
  name: 'PolytagChannelScaleGradient',
  kernel({ x, s, dy }) {
    const { batch, places, channels } = placesOf(x.shape);
    const [dx, ds] = [output(x.shape), output(s.shape)];
    const work = scratch(16 * padded(channels));
    kernels().channelScaleGradient(...[x, s, dy, dx, ds].map(address), batch, places, channels, work);
    return [dx, ds];
  },
});

export const channelScaleKernel = registerTrainingKernel({
  name: 'PolytagChannelScale',
  kernel({ x, s }) {
    const { batch, places, channels } = placesOf(x.shape);
    const y = output(x.shape);
    kernels().channelScale(...[x, s, y].map(address), batch, places, channels, scratch(4 * padded(channels)));
    return y;
  },
  gradient: {
    inputs: ['x', 's'],
    of: (dy, [x, s]) => {
      const [dx, ds] = channelScaleGradient({ x, s, dy });
      return { x: () => dx, s: () => ds };
    },
  },
});

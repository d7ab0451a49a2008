import type { channelScaleKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded, placesOf } from './shapes.js';

const channelScaleGradient = gradientKernel(
  'PolytagChannelScaleGradient',
  ({ x, s, dy }: Inputs<'x' | 's' | 'dy'>) => {
    const { B, P, C } = placesOf(x.shape);
    const [dx, ds] = [output(x.shape), output(s.shape)];
    kernels().channelScaleGradient({ x, s, dy, dx, ds, B, P, C, work: scratch(16 * padded(C)) });
    return [dx, ds];
  },
);

export const channelScale: KernelOf<typeof channelScaleKernel> = {
  kernel({ x, s }) {
    const { B, P, C } = placesOf(x.shape);
    const y = output(x.shape);
    kernels().channelScale({ x, s, y, B, P, C, work: scratch(4 * padded(C)) });
    return y;
  },
  gradient: {
    inputs: ['x', 's'],
    of: (dy, [x, s]) => {
      const [dx, ds] = channelScaleGradient({ x, s, dy });
      return { x: () => dx, s: () => ds };
    },
  },
};

import { zerosLike } from '@tensorflow/tfjs-core';
import type { graphAttentionKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';
import { padded } from './shapes.js';

const graphAttentionGradient = gradientKernel(
  'PolytagGraphAttentionGradient',
  (
    { from, to, adjacency, y, dy }: Inputs<'from' | 'to' | 'adjacency' | 'y' | 'dy'>,
    { slope }: { slope: number },
  ) => {
    const [K] = adjacency.shape;
    const [dFrom, dTo] = [output(from.shape), output(to.shape)];
    const work = scratch(12 * padded(K));
    kernels().graphAttentionGradient({ from, to, adjacency, y, dy, dFrom, dTo, K, slope, work });
    return [dFrom, dTo];
  },
);

export const graphAttention: KernelOf<typeof graphAttentionKernel> = {
  kernel({ from, to, adjacency }, { slope }) {
    const y = output(adjacency.shape);
    kernels().graphAttention({ from, to, adjacency, y, K: adjacency.shape[0], slope });
    return y;
  },
  gradient: {
    inputs: ['from', 'to', 'adjacency'],
    outputs: [true],
    of(dy, [from, to, adjacency, y], attributes) {
      const [dFrom, dTo] = graphAttentionGradient({ from, to, adjacency, y, dy }, attributes);
      return { from: () => dFrom, to: () => dTo, adjacency: () => zerosLike(adjacency) };
    },
  },
};

import { zerosLike } from '@tensorflow/tfjs-core';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel } from '../wasm/register.js';
import { padded } from './rows.js';

const graphAttentionGradient = registerTrainingKernel({
  name: 'PolytagGraphAttentionGradient',
  kernel({ from, to, adjacency, y, dy }, { slope }) {
    const [nodes] = adjacency.shape;
    const [dFrom, dTo] = [output(from.shape), output(to.shape)];
    kernels().graphAttentionGradient(
      ...[from, to, adjacency, y, dy, dFrom, dTo].map(address),
      nodes,
      slope as number,
      scratch(12 * padded(nodes)),
    );
    return [dFrom, dTo];
  },
});

/** Attribute `slope`, of leaky ReLU. */
export const graphAttentionKernel = registerTrainingKernel({
  name: 'PolytagGraphAttention',
  kernel({ from, to, adjacency }, { slope }) {
    const y = output(adjacency.shape);
    kernels().graphAttention(...[from, to, adjacency, y].map(address), adjacency.shape[0], slope as number);
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
});

import type { attentionKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { dropThreshold } from './dropout.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';

interface Attributes {
  readonly heads: number;
  readonly rate: number;
  readonly seed: number;
}

/** What both kernels take beside their tensors. */
function settings(q: readonly number[], k: readonly number[], { heads, rate, seed }: Attributes) {
  const [B, Tq, width] = q;
  const Tk = k[1];
  const d = width / heads;
  return {
    B,
    Tq,
    Tk,
    heads,
    d,
    scale: 1 / Math.sqrt(d),
    seed,
    threshold: dropThreshold(rate),
    factor: 1 / (1 - rate),
    work: scratch(kernels().attentionWorkBytes({ Tq, Tk })),
  };
}

export const attention: KernelOf<typeof attentionKernel> = {
  kernel({ q, k, v }, attributes) {
    const [batch, queries] = q.shape;
    const y = output(q.shape);
    const p = output([batch, attributes.heads, queries, k.shape[1]]);
    kernels().attentionForward({ q, k, v, y, p, ...settings(q.shape, k.shape, attributes) });
    return [y, p];
  },
  gradient: {
    inputs: ['q', 'k', 'v'],
    outputs: [false, true],
    of([dy], [q, k, v, p], attributes) {
      const [dq, dk, dv] = attentionGradient({ q, k, v, p, dy }, attributes);
      return { q: () => dq, k: () => dk, v: () => dv };
    },
  },
};

const attentionGradient = gradientKernel(
  'PolytagAttentionGradient',
  ({ q, k, v, p, dy }: Inputs<'q' | 'k' | 'v' | 'p' | 'dy'>, attributes: Attributes) => {
    const [dq, dk, dv] = [q, k, v].map((t) => output(t.shape));
    kernels().attentionGradient({ q, k, v, p, dy, dq, dk, dv, ...settings(q.shape, k.shape, attributes) });
    return [dq, dk, dv];
  },
);

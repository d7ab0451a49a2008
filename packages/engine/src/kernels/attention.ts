import type { attentionKernel } from '@polytag/ops/kernels';
import { kernels, output, scratch } from '../wasm/host.js';
import { dropThreshold } from './dropout.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';

interface Attributes {
  readonly heads: number;
  readonly rate: number;
  readonly seed: number;
}

/** What the kernels of attention take beside tensors and strides. */
export function attentionSettings(
  { Tq, Tk, width }: { readonly Tq: number; readonly Tk: number; readonly width: number },
  { heads, rate, seed }: Attributes,
) {
  const d = width / heads;
  return {
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

function settings(q: readonly number[], k: readonly number[], attributes: Attributes) {
  const [B, Tq, width] = q;
  return { B, qs: width, ks: width, ...attentionSettings({ Tq, Tk: k[1], width }, attributes) };
}

export const attention: KernelOf<typeof attentionKernel> = {
  kernel({ q, k, v }, attributes) {
    const y = output(q.shape);
    kernels().attentionForward({ q, k, v, y, ...settings(q.shape, k.shape, attributes) });
    return y;
  },
  gradient: {
    inputs: ['q', 'k', 'v'],
    of(dy, [q, k, v], attributes) {
      const [dq, dk, dv] = attentionGradient({ q, k, v, dy }, attributes);
      return { q: () => dq, k: () => dk, v: () => dv };
    },
  },
};

const attentionGradient = gradientKernel(
  'PolytagAttentionGradient',
  ({ q, k, v, dy }: Inputs<'q' | 'k' | 'v' | 'dy'>, attributes: Attributes) => {
    const [dq, dk, dv] = [q, k, v].map((t) => output(t.shape));
    kernels().attentionGradient({ q, k, v, dy, dq, dk, dv, ...settings(q.shape, k.shape, attributes) });
    return [dq, dk, dv];
  },
);

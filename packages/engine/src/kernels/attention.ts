import { dropThreshold } from '../ops/dropout-mask.js';
import { address, kernels, output, scratch } from '../wasm/host.js';
import { registerTrainingKernel, type Attributes } from '../wasm/register.js';

/** What both kernels take after their tensors: B, Tq, Tk, heads, d, scale, and the dropout mask's three numbers. */
function settings(qShape: readonly number[], kShape: readonly number[], attributes: Attributes): number[] {
  const { heads, rate, seed } = attributes as Record<string, number>;
  const [batch, queries, width] = qShape;
  const d = width / heads;
  return [batch, queries, kShape[1], heads, d, 1 / Math.sqrt(d), seed, dropThreshold(rate), 1 / (1 - rate)];
}

/** Multi-head attention: `PolytagAttention`. Outputs: the result, and the probabilities before dropout [B, heads, Tq, Tk]. */
export const runAttention = registerTrainingKernel({
  name: 'PolytagAttention',
  kernel({ q, k, v }, attributes) {
    const [batch, queries] = q.shape;
    const keys = k.shape[1];
    const y = output(q.shape);
    const p = output([batch, attributes['heads'] as number, queries, keys]);
    const work = scratch(kernels().attentionWorkBytes(queries, keys));
    const tensors = [q, k, v, y, p].map(address);
    kernels().attentionForward(...tensors, ...settings(q.shape, k.shape, attributes), work);
    return [y, p];
  },
  gradient: {
    inputs: ['q', 'k', 'v'],
    outputs: [false, true],
    of([dy], [q, k, v, p], attributes) {
      const [dq, dk, dv] = runAttentionGradient({ q, k, v, p, dy }, attributes);
      return { q: () => dq, k: () => dk, v: () => dv };
    },
  },
});

const runAttentionGradient = registerTrainingKernel({
  name: 'PolytagAttentionGradient',
  kernel({ q, k, v, p, dy }, attributes) {
    const [dq, dk, dv] = [q, k, v].map((t) => output(t.shape));
    const work = scratch(kernels().attentionWorkBytes(q.shape[1], k.shape[1]));
    const tensors = [q, k, v, p, dy, dq, dk, dv].map(address);
    kernels().attentionGradient(...tensors, ...settings(q.shape, k.shape, attributes), work);
    return [dq, dk, dv];
  },
});

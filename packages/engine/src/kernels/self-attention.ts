import type { TensorInfo } from '@tensorflow/tfjs-core';
import type { selfAttentionKernel } from '@polytag/ops/kernels';
import { address, kernels, output } from '../wasm/host.js';
import { attentionSettings } from './attention.js';
import { gradientKernel, type Inputs, type KernelOf } from './kernel.js';

interface Attributes {
  readonly heads: number;
}

/** Queries, keys and values are read, and their gradients written, where they lie in the joint tensor. */
function settings([B, T, joint]: readonly number[], { heads }: Attributes) {
  const size = { Tq: T, Tk: T, width: joint / 3 };
  return { B, qs: joint, ks: joint, ...attentionSettings(size, { heads, rate: 0, seed: 0 }) };
}

/** Addresses of the three parts of the first row. */
function thirds(joint: TensorInfo): [q: number, k: number, v: number] {
  const first = address(joint),
    bytes = (4 * joint.shape[2]) / 3;
  return [first, first + bytes, first + 2 * bytes];
}

export const selfAttention: KernelOf<typeof selfAttentionKernel> = {
  kernel({ qkv }, attributes) {
    const [batch, tokens, joint] = qkv.shape;
    const y = output([batch, tokens, joint / 3]);
    const rest = settings(qkv.shape, attributes);
    const [q, k, v] = thirds(qkv);
    kernels().attentionForward({ q, k, v, y, ...rest });
    return y;
  },
  gradient: {
    inputs: ['qkv'],
    of: (dy, [qkv], attributes) => ({ qkv: () => selfAttentionGradient({ qkv, dy }, attributes) }),
  },
};

const selfAttentionGradient = gradientKernel(
  'PolytagSelfAttentionGradient',
  ({ qkv, dy }: Inputs<'qkv' | 'dy'>, attributes: Attributes) => {
    const gradient = output(qkv.shape);
    const rest = settings(qkv.shape, attributes);
    const [q, k, v] = thirds(qkv);
    const [dq, dk, dv] = thirds(gradient);
    kernels().attentionGradient({ q, k, v, dy, dq, dk, dv, ...rest });
    return gradient;
  },
);

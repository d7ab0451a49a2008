import {
  matMul as stockMatMul,
  mul,
  reshape,
  softmax,
  tidy,
  transpose,
  type Tensor3D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { checkRate, dropoutMask } from './dropout.js';
import { operationKernel } from './kernel.js';

export const attentionKernel = operationKernel<
  { q: Tensor3D; k: Tensor3D; v: Tensor3D },
  { heads: number; rate: number; seed: number },
  Tensor3D
>('PolytagAttention');

/** @throws UsageError `usage/heads` */
export function checkHeads(operation: string, heads: number, width: number): void {
  if (Number.isInteger(heads) && heads >= 1 && width % heads === 0) return;
  throw new UsageError('usage/heads', `${operation}: ${heads} heads do not divide a width of ${width}`);
}

export interface AttentionOptions {
  readonly heads: number;
  /** Inverted dropout on the probabilities; the mask is a pure function of (seed, element of [B, heads, Tq, Tk]). */
  readonly dropout?: { readonly rate: number; readonly seed: number };
}

/**
 * Multi-head attention without its projections: softmax(Q·Kᵀ/√d)·V for each head, d = D/heads
 * (Vaswani et al., 2017, equation 1). Head h owns features [h·d, (h+1)·d). Where there is a kernel, the probabilities are not
 * kept for the gradient but computed again.
 * @param q [B, Tq, D]
 * @param k [B, Tk, D]
 * @param v [B, Tk, D]
 * @returns [B, Tq, D]
 */
export function attention(q: Tensor3D, k: Tensor3D, v: Tensor3D, options: AttentionOptions): Tensor3D {
  const { heads } = options;
  const [batch, queries, width] = q.shape;
  const keys = k.shape[1];
  const fits = (t: Tensor3D) =>
    t.rank === 3 && t.shape[0] === batch && t.shape[1] === keys && t.shape[2] === width;
  if (q.rank !== 3 || !fits(k) || !fits(v)) {
    throw new UsageError(
      'usage/shape',
      `attention: q [${q.shape}], k [${k.shape}] and v [${v.shape}] do not fit`,
    );
  }
  checkHeads('attention', heads, width);
  const rate = options.dropout?.rate ?? 0;
  const seed = (options.dropout?.seed ?? 0) >>> 0;
  checkRate(rate);
  if (attentionKernel.isAvailable()) return attentionKernel.run({ q, k, v }, { heads, rate, seed });
  return tidy(() => {
    const split = (t: Tensor3D) =>
      transpose(reshape(t, [batch, t.shape[1], heads, width / heads]) as Tensor4D, [0, 2, 1, 3]);
    const scores = stockMatMul(mul(split(q), 1 / Math.sqrt(width / heads)), split(k), false, true);
    const probabilities = softmax(scores);
    const kept = rate > 0 ? mul(probabilities, dropoutMask(probabilities.shape, rate, seed)) : probabilities;
    return reshape(transpose(stockMatMul(kept, split(v)), [0, 2, 1, 3]), [batch, queries, width]) as Tensor3D;
  });
}

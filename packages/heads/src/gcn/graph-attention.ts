import {
  add,
  elu,
  fill,
  greater,
  slice,
  softmax,
  tidy,
  transpose,
  where,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { activate, dropout, matMul } from '@polytag/engine';

export interface GraphAttentionOptions {
  /** Dropout on the attention, in training. */
  readonly dropout?: { readonly rate: number; readonly seed: number };
}

/** Score of two labels that are not joined: its exponential is 0. */
const NOT_JOINED = -9e15;

/**
 * Graph attention with one head (Veličković et al., 2018). With V = X·W and a = [a₁; a₂], the scores are
 * LeakyReLU₀.₂(a₁·Vᵢ + a₂·Vⱼ) where Â[i,j] > 0; softmax over j; the result is ELU(attention·V). The values of Â
 * count only as a mask.
 *
 * @param x [K, in], one row a label
 * @param weight W, [in, out]
 * @param attention a, [2·out, 1]
 * @param adjacency Â, [K, K]
 * @returns [K, out]
 */
export function graphAttention(
  x: Tensor2D,
  weight: Tensor2D,
  attention: Tensor2D,
  adjacency: Tensor2D,
  options: GraphAttentionOptions = {},
): Tensor2D {
  return tidy(() => {
    const width = weight.shape[1];
    const values = matMul(x, weight) as Tensor2D;
    const from = matMul(values, slice(attention, [0, 0], [width, 1]));
    const to = matMul(values, slice(attention, [width, 0], [width, 1]));
    const scores = activate(add(from, transpose(to)), 'leaky-relu', { slope: 0.2 });
    const joined = where(greater(adjacency, 0), scores, fill(scores.shape, NOT_JOINED));
    let shares = softmax(joined);
    if (options.dropout) shares = dropout(shares, options.dropout.rate, options.dropout.seed);
    return elu(matMul(shares, values)) as Tensor2D;
  });
}

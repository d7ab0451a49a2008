import { elu, slice, tidy, type Tensor, type Tensor2D } from '@tensorflow/tfjs-core';
import { dropout, graphAttentionCoefficients, matMul } from '@polytag/ops';

export interface GraphAttentionOptions {
  /** Dropout rate of the attention in training. */
  readonly dropout?: { readonly rate: number; readonly seed: number };
}

/**
 * Graph attention with one head (Veličković et al., 2018; docs/method.md#graph-attention). With V = X·W and a = [a₁;
 * a₂], the scores are LeakyReLU₀.₂(a₁·Vᵢ + a₂·Vⱼ) where Â[i,j] > 0; softmax over j; the result is ELU(attention·V). Â
 * is used only as a mask.
 *
 * @param x [K, in], one row per label
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
    const from = matMul(values, slice(attention, [0, 0], [width, 1])) as Tensor2D;
    const to = matMul(values, slice(attention, [width, 0], [width, 1])) as Tensor2D;
    let shares: Tensor = graphAttentionCoefficients(from, to, adjacency, { slope: 0.2 });
    if (options.dropout) shares = dropout(shares, options.dropout.rate, options.dropout.seed);
    return elu(matMul(shares, values)) as Tensor2D;
  });
}

/**
 * Graph convolution Â·(X·W) without bias (Kipf and Welling, 2017; docs/method.md#gcn).
 *
 * @param x [K, in], one row per label
 * @param weight [in, out]
 * @param adjacency Â, [K, K]
 * @returns [K, out]
 */
export function graphConvolution(x: Tensor2D, weight: Tensor2D, adjacency: Tensor2D): Tensor2D {
  return tidy(() => matMul(adjacency, matMul(x, weight)) as Tensor2D);
}

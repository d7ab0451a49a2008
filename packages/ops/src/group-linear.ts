import { matMul as stockMatMul, tidy, transpose, type Tensor3D } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { operationKernel, type NoAttributes } from './kernel.js';

export const groupLinearKernel = operationKernel<{ t: Tensor3D; weight: Tensor3D }, NoAttributes, Tensor3D>(
  'PolytagGroupLinear',
);

/**
 * A linear map of its own for each group: y[b, g, :] = t[b, g, :]·W[g] (the group fully connected layer of ML-Decoder,
 * arXiv 2111.12933, without its bias).
 * @param t [B, G, D]
 * @param weight [G, D, f]
 * @returns [B, G, f]
 */
export function groupLinear(t: Tensor3D, weight: Tensor3D): Tensor3D {
  if (t.rank !== 3 || weight.rank !== 3 || t.shape[1] !== weight.shape[0] || t.shape[2] !== weight.shape[1]) {
    throw new UsageError(
      'usage/shape',
      `groupLinear: input [${t.shape}] does not fit weight [${weight.shape}]`,
    );
  }
  if (groupLinearKernel.isAvailable()) return groupLinearKernel.run({ t, weight }, {});
  return tidy(() => transpose(stockMatMul(transpose(t, [1, 0, 2]), weight), [1, 0, 2]));
}

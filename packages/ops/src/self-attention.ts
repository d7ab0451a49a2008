import { split, tidy, type Tensor3D } from '@tensorflow/tfjs-core';
import { UsageError } from '@polytag/core';
import { attention, checkHeads } from './attention.js';
import { operationKernel } from './kernel.js';

export const selfAttentionKernel = operationKernel<{ qkv: Tensor3D }, { heads: number }, Tensor3D>(
  'PolytagSelfAttention',
);

/**
 * `attention` of tokens to each other, whose queries, keys and values come from one projection and lie side by side.
 *
 * @param qkv [B, T, 3D]: the D features of the query, those of the key, those of the value
 * @returns [B, T, D]
 */
export function selfAttention(qkv: Tensor3D, { heads }: { readonly heads: number }): Tensor3D {
  const joint = qkv.shape[2];
  if (qkv.rank !== 3 || joint % 3 !== 0) {
    throw new UsageError('usage/shape', `selfAttention: [${qkv.shape}] is not [B, T, 3D]`);
  }
  checkHeads('selfAttention', heads, joint / 3);
  if (selfAttentionKernel.isAvailable()) return selfAttentionKernel.run({ qkv }, { heads });
  return tidy(() => {
    const [q, k, v] = split(qkv, 3, 2) as Tensor3D[];
    return attention(q, k, v, { heads });
  });
}
